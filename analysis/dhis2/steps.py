"""The steps that an import reports, and those of the look at a server before it."""

LOOK_STEPS = (
    ("connect", "Asking the server"),
    ("units", "Reading the areas"),
    ("elements", "Reading the data elements"),
)
STEPS = (
    ("connect", "Asking the server"),
    ("units", "Reading the facilities"),
    ("elements", "Reading the data elements"),
    ("values", "Reading the months"),
    ("store", "Storing the facility reports"),
)
