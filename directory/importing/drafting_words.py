"""What columns of tables about services are called, in English and Spanish, beside the names of the usual mapping."""

WORDS: dict[str, tuple[str, ...]] = {
    "id": ("record number", "ref", "listing id", "agency id", "program id", "site id", "clave", "identificador", "folio"),
    "name": (
        "agency", "site name", "program", "resource", "resource name", "pantry name", "facility", "facility name",
        "name of agency", "name of program", "nombre", "nombre del servicio", "nombre del programa", "servicio",
        "programa",
    ),
    "alternate_name": ("dba", "short name", "acronym", "otro nombre", "siglas", "alias"),
    "organization": ("parent agency", "parent organization", "sponsor", "operated by", "organizacion", "agencia", "entidad"),
    "description": (
        "what they do", "services offered", "services provided", "program description", "comments", "info",
        "descripcion", "descripcion del servicio", "detalles", "notas", "resumen",
    ),
    "status": ("active", "estado del servicio", "estatus"),
    "address_1": (
        "addr", "address1", "mailing address", "location address", "site address", "full address", "direccion",
        "domicilio", "calle",
    ),
    "address_2": ("address2", "apt", "room", "floor", "direccion 2", "interior", "oficina"),
    "city": ("municipality", "ciudad", "municipio", "pueblo", "localidad"),
    "region": ("parish", "condado", "region"),
    "state_province": ("st", "estado"),
    "postal_code": ("zip5", "zip postal code", "codigo postal", "cp"),
    "country": ("nation", "pais"),
    "latitude": ("y coordinate", "y coord", "ycoord", "geo lat", "latitud"),
    "longitude": ("x coordinate", "x coord", "xcoord", "geo long", "geo lng", "longitud"),
    "location_name": ("building", "place", "venue", "lugar", "sede", "sitio", "nombre del lugar"),
    "transportation": ("bus", "bus lines", "how to get there", "transporte", "como llegar"),
    "accessibility": ("wheelchair", "wheelchair accessible", "accesibilidad"),
    "confidential": ("do not publish address", "direccion confidencial"),
    "phone": (
        "tel", "telephone number", "contact number", "hotline", "main number", "phone 1", "phone 2", "mobile", "cell",
        "toll free", "telefono", "numero de telefono", "celular", "linea directa",
    ),
    "email": ("mail", "contact e mail", "correo", "correo electronico"),
    "url": ("webpage", "web page", "web address", "site url", "sitio web", "pagina web", "pagina", "enlace"),
    "additional_urls": ("social media", "instagram", "twitter", "redes sociales"),
    "hours": (
        "open", "days open", "times", "when open", "operating hours", "hours open", "distribution hours", "days hours",
        "horario", "horarios", "horas", "horario de atencion", "dias y horas",
    ),
    "fees": ("charges", "sliding scale", "costo", "costos", "tarifa", "cuota", "precio"),
    "eligibility": (
        "who qualifies", "who is eligible", "target population", "population served", "serves", "elegibilidad",
        "requisitos de elegibilidad", "quien califica", "poblacion",
    ),
    "minimum_age": ("age min", "youngest", "edad minima"),
    "maximum_age": ("age max", "oldest", "edad maxima"),
    "documents": ("documentation", "id required", "bring", "paperwork", "documentos", "documentos requeridos", "que traer"),
    "application_process": (
        "intake", "how to access", "referral process", "appointment", "procedure", "proceso de solicitud", "como solicitar",
    ),
    "wait_time": ("wait", "tiempo de espera", "lista de espera"),
    "languages": ("language spoken", "lang", "idioma", "idiomas", "lenguas"),
    "interpretation_services": ("interpreter", "interpreters", "interpretes", "servicios de interpretacion"),
    "service_areas": (
        "counties served", "county served", "zip codes served", "territory", "catchment", "area de servicio",
        "zona de servicio", "cobertura", "condados",
    ),
    "terms": ("tags", "topic", "topics", "service category", "program type", "type of service", "type", "categoria", "categorias",
              "tipo de servicio", "etiquetas"),
    "capacity": ("openings", "availability", "cupo", "capacidad"),
    "alert": ("announcement", "aviso", "alerta"),
    "licenses": ("licencia", "licencias"),
    "accreditations": ("acreditacion", "acreditaciones"),
    "assured_date": (
        "verified", "checked", "date checked", "last reviewed", "last confirmed", "verificado",
        "ultima verificacion", "fecha de verificacion",
    ),
    "last_modified": ("modified", "last update", "last edited", "actualizado", "ultima actualizacion"),
}  # fmt: skip
"""By field; what the usual mapping names already is not said again."""
