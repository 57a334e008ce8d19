from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.core.wsgi import get_wsgi_application
from django.urls import include, path

application = get_wsgi_application()
urlpatterns = [path("admin/", admin.site.urls)]
if settings.PEER == "oscar":
    urlpatterns += [
        path("i18n/", include("django.conf.urls.i18n")),
        path("", include(apps.get_app_config("oscar").urls[0])),
    ]
