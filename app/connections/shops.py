"""Which platforms can be read, which of them with their products, and opening a connected shop."""

from __future__ import annotations

from collections.abc import Mapping

from app.connections.bigcommerce import BigCommerce
from app.connections.bigcommerce_catalogue import BigCommerceCatalogue
from app.connections.catalogue import Catalogue
from app.connections.client import Access
from app.connections.ecwid import Ecwid
from app.connections.ecwid_catalogue import EcwidCatalogue
from app.connections.failures import ShopFailure
from app.connections.lightspeed import Lightspeed
from app.connections.lightspeed_catalogue import LightspeedCatalogue
from app.connections.magento import Magento
from app.connections.magento_catalogue import MagentoCatalogue
from app.connections.platform import Platform
from app.connections.prestashop import PrestaShop
from app.connections.prestashop_catalogue import PrestaShopCatalogue
from app.connections.shopify import Shopify
from app.connections.shopify_catalogue import ShopifyCatalogue
from app.connections.shopware import Shopware
from app.connections.shopware_catalogue import ShopwareCatalogue
from app.connections.woocommerce import WooCommerce
from app.connections.woocommerce_catalogue import WooCommerceCatalogue
from app.encryption.sealed import CanNotOpen, Sealed
from app.models import Connection, Source, Trouble

PLATFORMS: Mapping[Source, type[Platform]] = {
    platform.source: platform
    for platform in (WooCommerce, Shopify, PrestaShop, Shopware, BigCommerce, Magento, Lightspeed, Ecwid)
}

#: Of the platforms that offer their products.
CATALOGUES: Mapping[Source, type[Catalogue]] = {
    Source.WOOCOMMERCE: WooCommerceCatalogue,
    Source.SHOPIFY: ShopifyCatalogue,
    Source.BIGCOMMERCE: BigCommerceCatalogue,
    Source.MAGENTO: MagentoCatalogue,
    Source.PRESTASHOP: PrestaShopCatalogue,
    Source.SHOPWARE: ShopwareCatalogue,
    Source.LIGHTSPEED: LightspeedCatalogue,
    Source.ECWID: EcwidCatalogue,
}


def open_shop(source: Source, access: Access) -> Platform:
    """The shop, to be used as a context manager. Raises ShopFailure where its secret would travel in clear."""
    platform = PLATFORMS[source]
    if not platform.takes_http and not access.address.startswith("https:"):
        raise ShopFailure(Trouble.UNENCRYPTED)
    return platform(access)


def access_of(connection: Connection) -> Access:
    """What lets us in, opened. Raises ShopFailure when our key is another one than it was sealed with."""
    return open_access(connection.address, connection.credentials, connection.certificate)


def open_access(address: str, credentials: Sealed, certificate: str) -> Access:
    try:
        return Access(address, credentials.open(), certificate)
    except CanNotOpen:
        raise ShopFailure(Trouble.SEALED) from None
