"""What Shopify's Admin GraphQL API is asked: an order with all that its reader wants, in pages that it can afford.

Lists within an order are short here; what goes on is fetched by `MORE` (see `Shopify.complete`).
"""

from __future__ import annotations

MONEY = "{ shopMoney { amount currencyCode } }"

TAXES = f"taxLines {{ title rate priceSet {MONEY} }}"
DISCOUNTS = f"discountAllocations {{ allocatedAmountSet {MONEY} }}"
ADDRESS = "{ name firstName lastName company address1 address2 zip city province countryCodeV2 phone }"
PAGE_INFO = "pageInfo { hasNextPage endCursor }"

LINE_PARTS = f"""
    nodes {{
      id title name variantTitle sku quantity currentQuantity customAttributes {{ key value }}
      originalUnitPriceSet {MONEY} {DISCOUNTS} {TAXES}
    }}
    {PAGE_INFO}
"""

SENT_PARTS = f"nodes {{ quantity lineItem {{ id }} }} {PAGE_INFO}"

#: What takes a scope of its own.
DELIVERY_FIELD = "fulfillmentOrders"
DELIVERY = f"{DELIVERY_FIELD}(first: 10) {{ nodes {{ status deliveryMethod {{ methodType }} }} {PAGE_INFO} }}"

ORDER = f"""
fragment WholeOrder on Order {{
  id legacyResourceId name createdAt processedAt updatedAt closedAt cancelledAt cancelReason
  currencyCode taxesIncluded email phone note poNumber customerLocale sourceName statusPageUrl
  displayFinancialStatus displayFulfillmentStatus paymentGatewayNames discountCodes
  customAttributes {{ key value }}
  totalPriceSet {MONEY} totalTaxSet {MONEY} totalOutstandingSet {MONEY} totalDiscountsSet {MONEY}
  customer {{
    id legacyResourceId firstName lastName
    defaultEmailAddress {{ emailAddress }} defaultPhoneNumber {{ phoneNumber }}
  }}
  billingAddress {ADDRESS}
  shippingAddress {ADDRESS}
  lineItems(first: 30) {{ {LINE_PARTS} }}
  shippingLines(first: 5) {{
    nodes {{
      id title code isRemoved originalPriceSet {MONEY} discountedPriceSet {MONEY} {DISCOUNTS} {TAXES}
    }}
    {PAGE_INFO}
  }}
  transactions(first: 50) {{
    id kind status gateway createdAt processedAt paymentId authorizationCode amountSet {MONEY}
  }}
  refunds(first: 50) {{
    id legacyResourceId createdAt note totalRefundedSet {MONEY}
    transactions(first: 5) {{ nodes {{ id kind status amountSet {MONEY} }} {PAGE_INFO} }}
  }}
  fulfillments(first: 50) {{
    id legacyResourceId status displayStatus createdAt updatedAt
    trackingInfo(first: 10) {{ number url company }}
    fulfillmentLineItems(first: 10) {{ {SENT_PARTS} }}
  }}
  {DELIVERY}
}}
"""

ORDERS = (
    """
query Orders($first: Int!, $after: String, $query: String!, $sortKey: OrderSortKeys!) {
  orders(first: $first, after: $after, query: $query, sortKey: $sortKey) {
    nodes { ...WholeOrder }
    pageInfo { hasNextPage endCursor }
  }
}
"""
    + ORDER
)

#: Of these orders; null for what is deleted.
THESE = "query These($ids: [ID!]!) { nodes(ids: $ids) { ...WholeOrder } }" + ORDER

#: What goes on of a list within an order, or of a parcel.
MORE = f"""
query More($id: ID!, $after: String) {{
  node(id: $id) {{
    ... on Order {{ lineItems(first: 100, after: $after) {{ {LINE_PARTS} }} }}
    ... on Fulfillment {{ fulfillmentLineItems(first: 100, after: $after) {{ {SENT_PARTS} }} }}
  }}
}}
"""

#: What "Try it" asks.
WHO = """
query Who {
  shop { name myshopifyDomain currencyCode }
  currentAppInstallation { accessScopes { handle } }
}
"""
FIRST_ORDER = "query First { orders(first: 1) { nodes { id createdAt email customer { id } } } }"
