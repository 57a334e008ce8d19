"""As much of Shopify's Admin GraphQL schema, version 2026-10, as connections ask for, with its own names and nulls."""

from __future__ import annotations

LIST = "(first: Int, after: String)"

SCHEMA = f"""
scalar DateTime
scalar Decimal
scalar URL
scalar UnsignedInt64
directive @idempotent(key: String!) on FIELD
enum OrderSortKeys {{ CREATED_AT ID PROCESSED_AT UPDATED_AT ORDER_NUMBER }}
enum CurrencyCode {{ EUR CAD USD GBP PLN }}
enum CountryCode {{ NL BE DE FR CA US GB PL }}

interface Node {{ id: ID! }}

type Query {{
  shop: Shop!
  currentAppInstallation: AppInstallation!
  order(id: ID!): Order
  node(id: ID!): Node
  nodes(ids: [ID!]!): [Node]!
  job(id: ID!): Job
  orders(first: Int, after: String, query: String, sortKey: OrderSortKeys = PROCESSED_AT, reverse: Boolean):
    OrderConnection!
}}
type Mutation {{
  fulfillmentCreate(fulfillment: FulfillmentInput!, message: String): FulfillmentCreatePayload
  fulfillmentTrackingInfoUpdate(
    fulfillmentId: ID!, trackingInfoInput: FulfillmentTrackingInput!, notifyCustomer: Boolean
  ): FulfillmentTrackingInfoUpdatePayload
  orderMarkAsPaid(input: OrderMarkAsPaidInput!): OrderMarkAsPaidPayload
  orderCancel(
    orderId: ID!, reason: OrderCancelReason!, restock: Boolean!, notifyCustomer: Boolean, staffNote: String,
    refund: Boolean @deprecated(reason: "Use `refundMethod`."), refundMethod: OrderCancelRefundMethodInput
  ): OrderCancelPayload
  refundCreate(input: RefundInput!): RefundCreatePayload
}}
enum OrderCancelReason {{ CUSTOMER DECLINED FRAUD INVENTORY OTHER STAFF }}
enum OrderTransactionKind {{ SALE CAPTURE REFUND VOID AUTHORIZATION CHANGE }}
input FulfillmentInput {{
  lineItemsByFulfillmentOrder: [FulfillmentOrderLineItemsInput!]! notifyCustomer: Boolean
  trackingInfo: FulfillmentTrackingInput
}}
input FulfillmentOrderLineItemsInput {{
  fulfillmentOrderId: ID! fulfillmentOrderLineItems: [FulfillmentOrderLineItemInput!]
}}
input FulfillmentOrderLineItemInput {{ id: ID! quantity: Int! }}
input FulfillmentTrackingInput {{ company: String number: String numbers: [String!] url: URL urls: [URL!] }}
input OrderMarkAsPaidInput {{ id: ID! }}
input OrderCancelRefundMethodInput {{ originalPaymentMethodsRefund: Boolean }}
input RefundInput {{
  orderId: ID! note: String notify: Boolean currency: CurrencyCode transactions: [OrderTransactionInput!]
}}
input OrderTransactionInput {{
  orderId: ID! parentId: ID amount: Money! gateway: String! kind: OrderTransactionKind!
}}
scalar Money
type UserError {{ field: [String!] message: String! }}
type OrderCancelUserError {{ field: [String!] message: String! code: String }}
type Job {{ id: ID! done: Boolean! }}
type FulfillmentCreatePayload {{ fulfillment: Fulfillment userErrors: [UserError!]! }}
type FulfillmentTrackingInfoUpdatePayload {{ fulfillment: Fulfillment userErrors: [UserError!]! }}
type OrderMarkAsPaidPayload {{ order: Order userErrors: [UserError!]! }}
type OrderCancelPayload {{
  job: Job orderCancelUserErrors: [OrderCancelUserError!]! userErrors: [UserError!]!
}}
type RefundCreatePayload {{ order: Order refund: Refund userErrors: [UserError!]! }}

type Shop {{ id: ID! name: String! myshopifyDomain: String! currencyCode: CurrencyCode! }}
type AppInstallation {{ accessScopes: [AccessScope!]! }}
type AccessScope {{ handle: String! }}

type MoneyV2 {{ amount: Decimal! currencyCode: CurrencyCode! }}
type MoneyBag {{ shopMoney: MoneyV2! presentmentMoney: MoneyV2! }}
type Attribute {{ key: String! value: String }}
type PageInfo {{ hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }}
type TaxLine {{ title: String! rate: Float priceSet: MoneyBag! }}
type DiscountAllocation {{ allocatedAmountSet: MoneyBag! }}
type CustomerEmailAddress {{ emailAddress: String! }}
type CustomerPhoneNumber {{ phoneNumber: String! }}

type Order implements Node {{
  id: ID! legacyResourceId: UnsignedInt64! name: String!
  createdAt: DateTime! processedAt: DateTime! updatedAt: DateTime! closedAt: DateTime cancelledAt: DateTime
  cancelReason: String currencyCode: CurrencyCode! taxesIncluded: Boolean! email: String phone: String note: String
  customerLocale: String poNumber: String sourceName: String statusPageUrl: URL!
  displayFinancialStatus: String displayFulfillmentStatus: String! capturable: Boolean!
  presentmentCurrencyCode: CurrencyCode!
  paymentGatewayNames: [String!]! discountCodes: [String!]! customAttributes: [Attribute!]!
  totalPriceSet: MoneyBag! totalTaxSet: MoneyBag totalOutstandingSet: MoneyBag! totalDiscountsSet: MoneyBag
  currentTotalPriceSet: MoneyBag!
  customer: Customer billingAddress: MailingAddress shippingAddress: MailingAddress
  lineItems{LIST}: LineItemConnection!
  shippingLines{LIST}: ShippingLineConnection!
  transactions(first: Int): [OrderTransaction!]!
  refunds(first: Int): [Refund!]!
  fulfillments(first: Int): [Fulfillment!]!
  fulfillmentOrders{LIST}: FulfillmentOrderConnection!
}}
type Customer implements Node {{
  id: ID! legacyResourceId: UnsignedInt64! firstName: String lastName: String displayName: String!
  defaultEmailAddress: CustomerEmailAddress defaultPhoneNumber: CustomerPhoneNumber
}}
type MailingAddress {{
  name: String firstName: String lastName: String company: String address1: String address2: String zip: String
  city: String province: String countryCodeV2: CountryCode phone: String
}}
type LineItem implements Node {{
  id: ID! title: String! name: String! variantTitle: String sku: String quantity: Int! currentQuantity: Int!
  customAttributes: [Attribute!]! originalUnitPriceSet: MoneyBag! discountAllocations: [DiscountAllocation!]!
  taxLines: [TaxLine!]!
}}
type ShippingLine {{
  id: ID title: String! code: String isRemoved: Boolean! originalPriceSet: MoneyBag! discountedPriceSet: MoneyBag!
  discountAllocations: [DiscountAllocation!]! taxLines: [TaxLine!]!
}}
type OrderTransaction implements Node {{
  id: ID! kind: String! status: String! gateway: String createdAt: DateTime! processedAt: DateTime paymentId: String
  authorizationCode: String amountSet: MoneyBag! manualPaymentGateway: Boolean! parentTransaction: OrderTransaction
}}
type Refund implements Node {{
  id: ID! legacyResourceId: UnsignedInt64! createdAt: DateTime note: String totalRefundedSet: MoneyBag!
  transactions{LIST}: OrderTransactionConnection!
}}
type FulfillmentTrackingInfo {{ number: String url: URL company: String }}
type Fulfillment implements Node {{
  id: ID! legacyResourceId: UnsignedInt64! status: String! displayStatus: String createdAt: DateTime!
  updatedAt: DateTime! trackingInfo(first: Int): [FulfillmentTrackingInfo!]!
  fulfillmentLineItems{LIST}: FulfillmentLineItemConnection!
}}
type FulfillmentLineItem implements Node {{ id: ID! quantity: Int lineItem: LineItem! }}
type DeliveryMethod {{ methodType: String! }}
type FulfillmentOrder implements Node {{
  id: ID! status: String! requestStatus: String! deliveryMethod: DeliveryMethod
  supportedActions: [FulfillmentOrderSupportedAction!]!
  lineItems{LIST}: FulfillmentOrderLineItemConnection!
}}
type FulfillmentOrderSupportedAction {{ action: String! externalUrl: URL }}
type FulfillmentOrderLineItem implements Node {{
  id: ID! totalQuantity: Int! remainingQuantity: Int! lineItem: LineItem!
}}

type OrderConnection {{ nodes: [Order!]! pageInfo: PageInfo! }}
type LineItemConnection {{ nodes: [LineItem!]! pageInfo: PageInfo! }}
type ShippingLineConnection {{ nodes: [ShippingLine!]! pageInfo: PageInfo! }}
type OrderTransactionConnection {{ nodes: [OrderTransaction!]! pageInfo: PageInfo! }}
type FulfillmentLineItemConnection {{ nodes: [FulfillmentLineItem!]! pageInfo: PageInfo! }}
type FulfillmentOrderLineItemConnection {{ nodes: [FulfillmentOrderLineItem!]! pageInfo: PageInfo! }}
type FulfillmentOrderConnection {{ nodes: [FulfillmentOrder!]! pageInfo: PageInfo! }}
"""
