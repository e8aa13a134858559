"""Units that product titles use, each as a quantity and the factor to its base unit."""

from collections.abc import Mapping
from types import MappingProxyType

# The order is part of a trained model: column k of `Features.numbers` is quantity k. Append only.
QUANTITIES = (
    "capacity_gb",
    "diagonal_in",
    "clock_mhz",
    "power_w",
    "refresh_hz",
    "size_mm",
    "length_ft",
    "pieces",
    "charge_mah",
    "resolution_dpi",
    "image_mp",
    "lines_p",
    "speed_x",
    "weight_lb",
    "volume_ml",
    "sheets",
    "voltage_v",
    "spin_rpm",
    "rate_mbps",
    "licences",
    "ports",
    "apparent_power_va",
    "screen_mpx",
    "modules",
    "years",
    "cores",
)

_UNITS: dict[str, tuple[tuple[str, float], ...]] = {
    "capacity_gb": (
        ("mb", 1e-3),
        ("gb", 1.0),
        ("gib", 1.0),
        ("go", 1.0),
        ("tb", 1e3),
        ("tib", 1e3),
    ),
    "diagonal_in": (('"', 1.0), ("in", 1.0), ("inch", 1.0), ("inches", 1.0)),
    "clock_mhz": (("mhz", 1.0), ("ghz", 1e3)),
    "power_w": (("w", 1.0), ("watt", 1.0), ("watts", 1.0), ("kw", 1e3)),
    "refresh_hz": (("hz", 1.0),),
    "size_mm": (("mm", 1.0), ("cm", 10.0)),
    "length_ft": (("ft", 1.0), ("feet", 1.0), ("foot", 1.0), ("m", 3.28), ("meter", 3.28)),
    "pieces": (
        *(("pack", 1.0), ("packs", 1.0), ("pk", 1.0), ("pc", 1.0), ("pcs", 1.0), ("pieces", 1.0)),
        *(("piece", 1.0), ("count", 1.0), ("ct", 1.0), ("set", 1.0), ("pair", 1.0), ("box", 1.0)),
    ),
    "charge_mah": (("mah", 1.0), ("ah", 1e3), ("wh", 270.0)),
    "resolution_dpi": (("dpi", 1.0), ("cfm", 1.0)),
    "image_mp": (("mp", 1.0), ("megapixel", 1.0), ("megapixels", 1.0)),
    "lines_p": (("p", 1.0), ("i", 1.0), ("k", 540.0)),
    "speed_x": (("x", 1.0),),
    "weight_lb": (("lb", 1.0), ("lbs", 1.0), ("oz", 0.0625), ("kg", 2.2), ("g", 0.0022)),
    "volume_ml": (("ml", 1.0), ("l", 1e3), ("litre", 1e3), ("liter", 1e3), ("cl", 10.0)),
    "sheets": (("sheets", 1.0), ("pages", 1.0), ("labels", 1.0), ("rolls", 1.0), ("disc", 1.0)),
    "voltage_v": (("v", 1.0), ("volt", 1.0), ("volts", 1.0)),
    "spin_rpm": (("rpm", 1.0), ("lumens", 1.0)),
    "rate_mbps": (("mbps", 1.0), ("gbps", 1e3), ("gb/s", 1e3)),
    "licences": (("user", 1.0), ("users", 1.0), ("license", 1.0), ("licenses", 1.0), ("seat", 1.0)),
    "ports": (("port", 1.0), ("ports", 1.0), ("outlet", 1.0), ("outlets", 1.0), ("bay", 1.0)),
    "apparent_power_va": (("va", 1.0), ("joules", 1.0), ("kva", 1e3)),
    "years": (("year", 1.0), ("years", 1.0), ("yr", 1.0)),
    "cores": (("core", 1.0), ("cores", 1.0)),
}

UNITS: Mapping[str, tuple[int, float]] = MappingProxyType(
    {
        unit: (QUANTITIES.index(quantity), factor)
        for quantity, units in _UNITS.items()
        for unit, factor in units
    }
)
"""Unit as written (lower case) -> (index into QUANTITIES, factor to its base unit)."""
