"""How a number is written for people: with the digits it deserves, and a minus that is one."""

import math

from ritornello.measures.resampling import Interval

_MOST_DECIMALS = 8


def number(value: float, digits: int = 4) -> str:
    """Return a number with so many significant digits and no zeros at its end, its thousands apart.

    Examples
    --------
    >>> number(0.213456), number(-12.0), number(1234567.0), number(0.00004321)
    ('0.2135', '−12', '1,234,567', '0.00004321')
    """
    if not math.isfinite(value):
        return "unknown" if math.isnan(value) else _signed("∞", value)
    if value == 0 or abs(value) >= 10 ** (digits - 1):
        return count(value)
    decimals = digits - 1 - math.floor(math.log10(abs(value)))
    written = f"{abs(value):,.{min(decimals, _MOST_DECIMALS)}f}"
    return _signed(written.rstrip("0").rstrip("."), value)


def count(value: float) -> str:
    """Return a whole number, its thousands apart."""
    return _signed(f"{abs(value):,.0f}", value)


def share(value: float) -> str:
    """Return a share of all in per cent; next to nothing and nearly all are never written as nothing and all.

    Examples
    --------
    >>> share(0.4321), share(0.00002), share(1.0), share(0.99999)
    ('43.2 %', 'below 0.1 %', '100 %', 'above 99.9 %')
    """
    if 0 < value < 0.001:
        return "below 0.1 %"
    if 0.999 < value < 1:
        return "above 99.9 %"
    return _signed(f"{abs(100 * value):.3g} %", value)


def p_value(value: float) -> str:
    """Return a p-value; one below 0.001 says no more than that.

    Examples
    --------
    >>> p_value(0.0421), p_value(0.0000001)
    ('0.042', 'below 0.001')
    """
    return "below 0.001" if value < 0.001 else f"{value:.2g}"


def within(found: Interval) -> tuple[str, str, str]:
    """Return a mean and its bounds, all with as many decimals as the width of the interval deserves: two digits of its half.

    Examples
    --------
    >>> within(Interval(0.213456, 0.2011, 0.2260, 0.95, 900))
    ('0.213', '0.201', '0.226')
    """
    half = (found.high - found.low) / 2
    if not (math.isfinite(half) and half > 0):
        return number(found.mean), number(found.low), number(found.high)
    decimals = min(max(1 - math.floor(math.log10(half)), 0), _MOST_DECIMALS)
    mean, low, high = (
        _signed(f"{abs(value):,.{decimals}f}", value)
        for value in (found.mean, found.low, found.high)
    )
    return mean, low, high


def _signed(written: str, value: float) -> str:
    """Put a minus before what is below 0 and does not read as 0."""
    return f"−{written}" if value < 0 and written.strip("0.,") else written
