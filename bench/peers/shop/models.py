from django.db import models


class Customer(models.Model):
    name = models.CharField(max_length=255, db_index=True)
    email = models.EmailField(db_index=True)
    phone = models.CharField(max_length=60, blank=True)

    def __str__(self):
        return self.name


class Address(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="addresses")
    street = models.CharField(max_length=255)
    postcode = models.CharField(max_length=20)
    city = models.CharField(max_length=120)
    country = models.CharField(max_length=2)

    def __str__(self):
        return f"{self.street}, {self.city}"


class Product(models.Model):
    sku = models.CharField(max_length=120, unique=True)
    name = models.CharField(max_length=255, db_index=True)
    price = models.DecimalField(max_digits=12, decimal_places=2)

    def __str__(self):
        return self.name


class Order(models.Model):
    number = models.CharField(max_length=30, unique=True)
    customer = models.ForeignKey(Customer, models.PROTECT)
    address = models.ForeignKey(Address, models.PROTECT)
    placed_at = models.DateTimeField(db_index=True)
    status = models.CharField(max_length=20, choices=[(s, s) for s in ("open", "done", "cancelled")], db_index=True)
    payment_status = models.CharField(max_length=20, choices=[(s, s) for s in ("paid", "unpaid")], db_index=True)
    total = models.DecimalField(max_digits=12, decimal_places=2, db_index=True)

    class Meta:
        ordering = ("-placed_at",)

    def __str__(self):
        return self.number


class Line(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, models.PROTECT)
    quantity = models.IntegerField()
    price = models.DecimalField(max_digits=12, decimal_places=2)
