"""The maps beside addresses, without any network: `locate` an address, then `draw` the place.

A shop may choose the maps of others instead: `embedded`.

found = locate(order.shipping_address)
svg = draw(found) if isinstance(found, Place) else ""   # else found.sentence says why not
"""

from app.maps.drawing import draw
from app.maps.embedding import ORIGINS, embed_map
from app.maps.locating import locate
from app.maps.places import Doubt, NoPlace, Note, Place, Precision, Reason

__all__ = ["ORIGINS", "Doubt", "NoPlace", "Note", "Place", "Precision", "Reason", "draw", "embed_map", "locate"]
