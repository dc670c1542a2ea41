"""What somebody might try on the water plugin's rooms who means harm or is only very tired; each of these once worked."""

import pytest

from balai.errors import Invalid
from balai_water.outages import geometry


@pytest.mark.parametrize(
    "text",
    [
        "[[[]]]",
        '{"type":"Polygon","coordinates":[[[110]]]}',
        '{"type":"Polygon","coordinates":[[[%s,0],[1,1],[2,2]]]}' % ("1" * 400),
        '{"type":"Polygon","coordinates":[[[NaN,0],[1,1],[2,2]]]}',
        # The pattern of a point would try each way to share out the blanks: hours for a field full of them.
        "-7.9" + " " * 100 + "110.3\n-7.9, 110.4\n-7.8, 110.4",
    ],
    ids=("no point", "half a point", "no float", "not a number", "blanks"),
)
def test_areas_that_are_none_are_told_so(text):
    with pytest.raises(Invalid) as refused:
        geometry.parse(text)
    assert refused.value.errors[0].field == "area"
