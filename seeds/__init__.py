"""What a fresh installation is filled with: the invented demo county, and mappings for files of other systems."""
