"""Every setting, from the environment or its default. Importing this file reads; it makes nothing.

Where they are documented: docs/operations.md. Xero's addresses are origins, and nothing but them tells the
sandbox from Xero.
"""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF

from bluestamp.engine import environment, keyfiles, postgres

DEBUG = environment.flag("BLUESTAMP_DEBUG")

# Where Bluestamp lives
BLUESTAMP_DATA_DIR = environment.data_dir()
PORT = int(os.environ.get("PORT", "8000"))
SANDBOX_PORT = int(os.environ.get("SANDBOX_PORT", "8600"))
BLUESTAMP_URL = os.environ.get("BLUESTAMP_URL", f"http://localhost:{PORT}").rstrip("/")
ALLOWED_HOSTS = environment.hosts(BLUESTAMP_URL, os.environ.get("BLUESTAMP_HOSTS", ""))
CSRF_TRUSTED_ORIGINS = [BLUESTAMP_URL]
ROOT_URLCONF = "bluestamp.urls"
WSGI_APPLICATION = "bluestamp.wsgi.application"

# Keys: the environment wins; else files in the data folder, made at first start (keyfiles.make_missing)
SECRET_KEY = os.environ.get("BLUESTAMP_SECRET_KEY") or keyfiles.read(BLUESTAMP_DATA_DIR, keyfiles.SECRET_KEY)
BLUESTAMP_ENCRYPTION_KEYS = (
    os.environ.get("BLUESTAMP_ENCRYPTION_KEYS") or keyfiles.read(BLUESTAMP_DATA_DIR, keyfiles.ENCRYPTION_KEYS)
).split()
"""AES-256 keys in base64, the one that seals first, older ones behind it until everything is sealed anew."""

# Xero
XERO_LOGIN_URL = os.environ.get("XERO_LOGIN_URL", "https://login.xero.com").rstrip("/")
XERO_IDENTITY_URL = os.environ.get("XERO_IDENTITY_URL", "https://identity.xero.com").rstrip("/")
XERO_API_URL = os.environ.get("XERO_API_URL", "https://api.xero.com").rstrip("/")
XERO_DEEP_LINK_URL = os.environ.get("XERO_DEEP_LINK_URL", "https://go.xero.com").rstrip("/")
XERO_CLIENT_ID = os.environ.get("XERO_CLIENT_ID", "")
XERO_CLIENT_SECRET = os.environ.get("XERO_CLIENT_SECRET", "")
XERO_WEBHOOK_KEY = os.environ.get("XERO_WEBHOOK_KEY", "")
XERO_APP_TYPE = environment.choice("XERO_APP_TYPE", ("web", "pkce", "custom"))

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "procrastinate.contrib.django",
    "bluestamp.engine",
    "bluestamp.people",
    "bluestamp.books",
    "bluestamp.sync",
    "bluestamp.web",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "bluestamp.web.middleware.StudioMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "bluestamp.web.frame.context",
            ]
        },
    }
]

# The database. Several machines: DATABASE_URL. One machine: the embedded server's socket (engine/postgres.py).
DATABASE_URL = os.environ.get("DATABASE_URL", "")
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {},
        **(
            environment.database(DATABASE_URL)
            if DATABASE_URL
            else {
                "NAME": postgres.DATABASE,
                "USER": postgres.ROLE,
                "HOST": str(postgres.run_dir(BLUESTAMP_DATA_DIR)),
            }
        ),
    }
}
POOL = {
    "min_size": 1,
    "max_size": int(os.environ.get("BLUESTAMP_DATABASE_POOL", "12")),
    "timeout": 15,
    "reset": postgres.forget_studio,
}
if POOL["max_size"]:
    DATABASES["default"]["OPTIONS"]["pool"] = POOL
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "engine_cache"}}

# Procrastinate finds tasks in each room's tasks.py
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "tasks"

# People and sign-in
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_ADAPTER = "bluestamp.people.allauth_adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_DEFAULT_HTTP_PROTOCOL = urlsplit(BLUESTAMP_URL).scheme
ACCOUNT_RATE_LIMITS = {
    "login_failed": "10/m/ip,5/5m/key",
    "login": "30/m/ip",
    "reset_password": "10/m/ip,3/m/key",
}
MFA_ADAPTER = "bluestamp.people.allauth_adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "Bluestamp"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG

# Sessions, cookies, transport
IS_HTTPS = BLUESTAMP_URL.startswith("https://")
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_NAME = "bluestamp_session"
SESSION_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_NAME = "bluestamp_csrf"
CSRF_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_HTTPONLY = True
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
if environment.flag("BLUESTAMP_BEHIND_PROXY"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    USE_X_FORWARDED_HOST = True
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF, XERO_LOGIN_URL],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 3 * 1024 * 1024
FILES_MAX_BYTES = 10 * 1024 * 1024

# Mail: an SMTP server by EMAIL_URL (smtp://user:password@host:587?tls=starttls), else files in the data folder
vars().update(environment.mail(os.environ.get("EMAIL_URL", "files"), BLUESTAMP_DATA_DIR / "mail"))
DEFAULT_FROM_EMAIL = os.environ.get("EMAIL_FROM", "Bluestamp <bluestamp@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
BLUESTAMP_SUPPORT = os.environ.get("BLUESTAMP_SUPPORT", "")
"""Whom people here ask for help: an address of mail or web, or a name; shown on the help page."""

# Static files: collected once per version into the data folder, with the hash of their content in the name
STATIC_URL = "/static/"
STATIC_ROOT = BLUESTAMP_DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en-gb"
FORMAT_MODULE_PATH: list[str] = []

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "bluestamp": {"level": os.environ.get("BLUESTAMP_LOG", "INFO")},
        # A refusal is an answer, not a fault of the server; Xero itself asks for two with wrong signatures.
        "django.request": {"level": "ERROR"},
    },
}
