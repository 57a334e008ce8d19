"""What is compared with, in an environment of its own (`.venv/peers`): Django's admin over models of its own, and the
dashboard of django-oscar. Its modules run there, but for `running`."""
