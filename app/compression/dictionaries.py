"""What texts of a kind say again and again: zlib writes down only where it stands here.

None is ever changed, not by a letter: what was compressed by it could not be read any more. For other words add another
one. What is said most often stands last, where it is referred to the shortest.
"""

from __future__ import annotations

DOCUMENTS_1 = (
    '"VATEX-EU-AE", "VATEX-EU-G", "VATEX-EU-IC", "VATEX-EU-O", "reason": "VATEX-EU-J", "category": "E", '
    '"category": "Z", "category": "AE", "category": "K", "category": "G", "category": "O", "exempt", "reverse_charge"'
    ', "margin_goods", "margin_art", "margin_antiques", "margin_travel", "margins": [{"bought": "", "price": "", '
    '"is_service": true, "kind": "fee", "kind": "discount", "kind": "payment", "looks": {"logo": "", "accent": "#'
    '"footers": {"page_feet": {"vat_reason": "", "kind": "credit_note", "credits": {"number": "INV0", "issued_on": '
    '"2026-01-01"}, "ship_to": {"name": "", "company": "", "street": "", "street2": "", "postcode": "", "city": "", '
    '"region": "", "country": "DE"}, "supply_inside_eu": true, "export": true, "small_business": true, '
    '"prices_include_tax": false, "payment_method": "Credit card", "payment_method": "Bancontact", '
    '"payment_method": "Klarna", "payment_method": "PayPal", "payment_method": "Bank transfer", "shop_language": "es"'
    ', "shop_language": "fr", "shop_language": "de", "shop_language": "nl", "time_zone": "Europe/Madrid", "time_zone":'
    ' "Europe/Paris", "time_zone": "Europe/Brussels", "time_zone": "Europe/Berlin", "own_words": {"nl": '
    '{"delivery_time": {"1-2 working days": "1-2 werkdagen", "3-5 working days": "3-5 werkdagen", "1-2 weeks": '
    '"1-2 weken"}}, "de": {"1-2 Werktage", "3-5 Werktage", "1-2 Wochen", "fr": {"1-2 jours ouvrables", '
    '"3-5 jours ouvrables", "1-2 semaines", "structured_reference": "RF", "Verzending", "Versand", "Livraison", '
    '"Envío", "Standard shipping", "Korting", "Rabatt", "Remise", "DHL", "DPD", "bpost", "Colissimo", "UPS", '
    '"country": "AT", "country": "ES", "country": "FR", "country": "BE", "country": "DE", "currency": "GBP", '
    '"currency": "USD", "website": "https://www.", "phone": "+49 ", "phone": "+32 ", "phone": "+31 ", "iban": "DE", '
    '"iban": "NL", "bic": "RABONL2U", "bic": "INGBNL2A", "registration": "KvK ", "vat_id": "DE", "vat_id": "NL", '
    '"street": "Postbus ", "Straße ", "Rue de la ", "rate": "0", "rate": "6", "rate": "7", "rate": "5.5", "rate": "10"'
    ', "rate": "20", "rate": "19", "rate": "9", "@outlook.com", "@hotmail.com", "@web.de", "@gmx.de", "@gmail.com"'
    '{"kind": "invoice", "number": "INV00", "payment_reference": "ORD1", "currency": "EUR", "issued_on": "2026-01-01",'
    ' "due_on": "2026-01-15", "delivered_on": "", "credits": null, "time_zone": "Europe/Amsterdam", "shop_language": '
    '"en", "seller": {"name": "", "street": "", "postcode": "", "city": "", "country": "NL", "vat_id": "", '
    '"registration": "", "email": "", "phone": "", "website": "", "iban": "", "bic": "", "footer": ""}, "buyer": '
    '{"name": "", "company": "", "street": "", "street2": "", "postcode": "", "city": "", "region": "", "country": '
    '"NL", "vat_id": "", "email": "@example.org"}, "contact": ["@gmail.com", "+31 6"], "ship_to": null, "order": '
    '{"number": "ORD1", "external_number": "", "placed_on": "2026-01-01"}, "buyer_reference": "", "purchase_order": "",'
    ' "payment_method": "iDEAL", "paid_before": "0", "to_pay_back": "0", "prices_include_tax": true, "lines": '
    '[{"kind": "product", "name": "", "variant": "", "sku": "", "quantity": "1", "unit_price": "19.95", "discount": '
    '"0", "taxes": [{"name": "", "rate": "21", "base": "16.49", "tax": "3.46"}], "amount": "19.95"}, {"kind": '
    '"shipping", "name": "PostNL", "variant": "", "sku": "", "quantity": "1", "unit_price": "0", "discount": "0", '
    '"taxes": [{"name": "", "rate": "21", "base": "0.00", "tax": "0.00"}], "amount": "0.00"}], "vat": [{"name": "", '
    '"rate": "21", "base": "", "tax": ""}], "supply_inside_eu": false, "export": false, "small_business": false, '
    '"net": "", "tax": "", "total": "", "einvoice": {"nets": ["", ""], "units": ["C62", "C62", "C62"], "vat": '
    '[{"category": "S", "reason": ""}], "seller_id": null, "seller_address": null, "buyer_address": null, '
    '"deliver_to": "NL"}, "zero_rate": ""}'
)

#: What came in, in the words of several shops.
PAYLOADS_2 = (
    '"meta_data": [{"id": 1, "key": "_", "value": ""}], "tax_lines": [{"rate_code": "NL-BTW-1", "rate_id": 1, '
    '"label": "BTW", "compound": false, "tax_total": "0.00", "shipping_tax_total": "0.00", "rate_percent": 21, '
    '"fee_lines": [], "coupon_lines": [], "refunds": [], "transaction_id": "", "customer_ip_address": "", '
    '"customer_user_agent": "Mozilla/5.0 (", "created_via": "checkout", "customer_id": 0, "order_key": "wc_order_", '
    '"billing_address": {"first_name": "", "last_name": "", "address1": "", "address2": "", "zip": "", "province": '
    'null, "country_code": "NL", "country": "Netherlands"}, "shipping_address": {"presentment_money": {"amount": '
    '"0.00", "currency_code": "EUR"}, "shop_money": {"amount": "0.00", "currency_code": "EUR"}}, '
    '"financial_status": "paid", "fulfillment_status": null, "line_items": [{"product_id": 1, "variation_id": 0, '
    '"tax_class": "", "subtotal": "0.00", "subtotal_tax": "0.00", "total_tax": "0.00", "taxes": [{"id": 1, "total": '
    '"", "subtotal": ""}], "product_name": "", "price": "0.00", "reference": "", "created_at": '
    '"2026-01-01T10:00:00+01:00", "updated_at": "", "payment_method": "bacs", "payment_method_title": "Bancontact", '
    '"payment_method_title": "PayPal", "payment_method_title": "Credit card", "payment_method_title": "Bank '
    'transfer", "gmail.com", "hotmail.com", "status": "pending", "status": "completed", "currency": "GBP", '
    '"country": "BE", "country": "FR", "country": "DE", "phone": "+33 ", "phone": "+32 ", "phone": "+49 ", '
    '"shipping_lines": [{"method_title": "DPD"}]} {"id": "ORD1", "number": "1", "status": "processing", "currency": '
    '"EUR", "prices_include_tax": true, "date_created_gmt": "2026-01-01T10:00:00", "total": "0.00", "billing": '
    '{"last_name": "", "company": "", "address_1": "", "address_2": "", "postcode": "", "city": "", "country": '
    '"NL", "email": "@example.org", "phone": "+31 6"}, "shipping": {"last_name": "", "company": "", "address_1": '
    '"", "address_2": "", "postcode": "", "city": "", "country": "NL", "email": "", "phone": "+31 "}, '
    '"payment_method_title": "iDEAL", "customer_note": "", "line_items": [{"id": 1, "name": "", "sku": "", '
    '"quantity": "1", "price": "0.00"}, {"id": 2, "name": "", "sku": "", "quantity": "2", "price": "0"}], '
    '"shipping_lines": [{"method_title": "PostNL"}]}'
)

#: The number of the dictionary stands before what was compressed by it.
DOCUMENT_WORDS, PAYLOAD_WORDS = 1, 2

DICTIONARIES: dict[int, bytes] = {DOCUMENT_WORDS: DOCUMENTS_1.encode(), PAYLOAD_WORDS: PAYLOADS_2.encode()}
