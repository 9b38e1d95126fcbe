"""The API: how requests are read, allowed and answered, and how its schema is written."""


def rest_framework() -> dict[str, object]:
    """Return the settings of Django REST framework."""
    return {
        "DEFAULT_AUTHENTICATION_CLASSES": [
            "sessions_app.accounts.authentication.BearerAuthentication",
            "sessions_app.accounts.authentication.PersonalTokenAuthentication",
            "sessions_app.accounts.authentication.BrowserAuthentication",
        ],
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
        "DEFAULT_THROTTLE_CLASSES": ["sessions_app.throttles.UserThrottle"],
        "DEFAULT_PAGINATION_CLASS": "sessions_app.api.pagination.NewestFirst",
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "DEFAULT_PARSER_CLASSES": [
            "rest_framework.parsers.JSONParser",
            "rest_framework.parsers.FormParser",
            "rest_framework.parsers.MultiPartParser",
        ],
        "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
        "EXCEPTION_HANDLER": "sessions_app.api.problems.handler",
        "TEST_REQUEST_DEFAULT_FORMAT": "json",
        "UNAUTHENTICATED_USER": None,
    }


def schema() -> dict[str, object]:
    """Return the settings of the OpenAPI schema and its pages."""
    return {
        "TITLE": "ChatMRPT",
        "DESCRIPTION": "Ranks wards by malaria risk. Errors are application/problem+json.",
        "VERSION": "1",
        "OAS_VERSION": "3.1.0",
        "SERVE_INCLUDE_SCHEMA": False,
        "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
        "SWAGGER_UI_DIST": "SIDECAR",
        "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
        "REDOC_DIST": "SIDECAR",
        "COMPONENT_SPLIT_REQUEST": True,
        "POSTPROCESSING_HOOKS": [
            "drf_spectacular.hooks.postprocess_schema_enums",
            "sessions_app.api.described.with_refusals",
        ],
        "ENUM_NAME_OVERRIDES": {
            "ResultStatus": "sessions_app.models.AnalysisResult.Status",
            "FileStatus": "sessions_app.models.StoredFile.Status",
        },
    }
