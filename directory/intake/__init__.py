"""A table of listings that somebody brings to the page `/listings/import`, from upload to what came of it.

What is under way lies in the folder `imports` of the data folder, one folder for each upload (`desk`), and is gone
after a day. `looking` recognises what was uploaded and drafts which column holds what; `columns` is that draft as a
form; each time somebody changes it or a cell there is a new version, which a job (`jobs`) tries out without writing
anything. The same job with the word given imports that very version. `owner` keeps what an organization imports to its
own listings.
"""
