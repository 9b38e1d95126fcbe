"""What the choices of test positivity may be called, in English and French; nothing of it is said."""

from collections.abc import Mapping
from types import MappingProxyType

ALSO: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
    "primary": ("primary facilities", "primary health", "primaire"), "secondary": ("secondary facilities", "secondaire"),
    "tertiary": ("tertiary facilities", "tertiaire"), "all": ("all", "all levels", "everything", "all time", "tous", "toutes"),
    "u5": ("u5", "under 5", "under fives", "children under five", "moins de cinq ans"),
    "o5": ("o5", "over five", "over 5", "five and above", "cinq ans et plus"),
    "pw": ("pregnant", "pregnancy", "femmes enceintes"), "all_ages": ("all", "every age", "everybody", "tous les ages"),
    "pooled": ("pooled", "both", "rdt and microscopy", "les deux"), "rdt": ("rdt", "rapid test", "rapid tests", "tdr"),
    "microscopy": ("microscopy", "microscope", "microscopie"), "legacy_max": ("legacy", "higher", "the higher"),
    }
)  # fmt: skip
YES = ("yes", "ok", "sure", "oui", "compute", "please do")
NO = ("no", "non", "leave it")
