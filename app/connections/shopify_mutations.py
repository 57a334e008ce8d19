"""What Shopify's Admin GraphQL API is asked before it is told something, and how it is told."""

from __future__ import annotations

MONEY = "{ shopMoney { amount } }"
STATE = "id name cancelledAt displayFinancialStatus"

#: How the order stands; of these, what belongs to one kind of news.
ORDER_STATE = f"query State($id: ID!) {{ order(id: $id) {{ {STATE} capturable totalOutstandingSet {MONEY} }} }}"

ORDER_PARCELS = f"""
query Parcels($id: ID!) {{
  order(id: $id) {{
    {STATE}
    fulfillments(first: 50) {{
      id legacyResourceId status
      trackingInfo(first: 10) {{ number }}
      fulfillmentLineItems(first: 100) {{ nodes {{ quantity lineItem {{ id }} }} }}
    }}
    fulfillmentOrders(first: 20) {{
      nodes {{
        id status
        supportedActions {{ action }}
        lineItems(first: 100) {{ nodes {{ id remainingQuantity lineItem {{ id }} }} pageInfo {{ hasNextPage }} }}
      }}
    }}
  }}
}}
"""

ORDER_REFUNDS = f"""
query Refunds($id: ID!) {{
  order(id: $id) {{
    {STATE} currencyCode presentmentCurrencyCode
    refunds(first: 50) {{ legacyResourceId totalRefundedSet {MONEY} }}
    transactions(first: 50) {{
      id kind status gateway manualPaymentGateway amountSet {MONEY} parentTransaction {{ id }}
    }}
  }}
}}
"""

#: Whether a cancellation that was begun has come to its end.
CANCELLATION = f"""
query Cancellation($id: ID!, $job: ID!) {{
  order(id: $id) {{ {STATE} }}
  job(id: $job) {{ id done }}
}}
"""

ADD_FULFILMENT = """
mutation Send($fulfillment: FulfillmentInput!) {
  fulfillmentCreate(fulfillment: $fulfillment) {
    fulfillment { id legacyResourceId status }
    userErrors { field message }
  }
}
"""

CHANGE_TRACKING = """
mutation Correct($id: ID!, $tracking: FulfillmentTrackingInput!, $notify: Boolean) {
  fulfillmentTrackingInfoUpdate(fulfillmentId: $id, trackingInfoInput: $tracking, notifyCustomer: $notify) {
    fulfillment { id legacyResourceId status }
    userErrors { field message }
  }
}
"""

MARK_AS_PAID = f"""
mutation Pay($input: OrderMarkAsPaidInput!) {{
  orderMarkAsPaid(input: $input) {{
    order {{ {STATE} totalOutstandingSet {MONEY} }}
    userErrors {{ field message }}
  }}
}}
"""

#: No money moves: what goes back is told by itself.
CANCEL = """
mutation Cancel($id: ID!, $notify: Boolean) {
  orderCancel(
    orderId: $id, reason: OTHER, restock: true, notifyCustomer: $notify,
    refundMethod: { originalPaymentMethodsRefund: false }
  ) {
    job { id done }
    orderCancelUserErrors { field message code }
  }
}
"""

REFUND = """
mutation Refund($input: RefundInput!, $key: String!) {
  refundCreate(input: $input) @idempotent(key: $key) {
    refund { id legacyResourceId }
    userErrors { field message }
  }
}
"""
