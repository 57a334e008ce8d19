from django.contrib import admin

from bench.peers.shop.models import Address, Customer, Line, Order, Product


class Lines(admin.TabularInline):
    model, raw_id_fields, extra = Line, ("product",), 0


class Addresses(admin.TabularInline):
    model, extra = Address, 0


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    list_display = ("number", "customer", "placed_at", "status", "total", "payment_status")
    list_filter = ("status", "payment_status")
    list_select_related = ("customer",)
    list_per_page = 25
    search_fields = ("number", "customer__name", "customer__email")
    raw_id_fields = ("customer", "address")
    inlines = (Lines,)


@admin.register(Customer)
class CustomerAdmin(admin.ModelAdmin):
    list_display, search_fields, list_per_page = ("name", "email", "phone"), ("name", "email"), 25
    inlines = (Addresses,)


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):
    list_display, search_fields, list_per_page = ("sku", "name", "price"), ("sku", "name"), 25
