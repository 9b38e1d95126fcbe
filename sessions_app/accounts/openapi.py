"""How the OpenAPI schema describes the three ways to say who calls."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = "sessions_app.accounts.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "The access token of POST /api/token/.",
        }


class PersonalTokenScheme(OpenApiAuthenticationExtension):
    target_class = "sessions_app.accounts.authentication.PersonalTokenAuthentication"
    name = "personalToken"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token ` and a token made on the account's tokens page.",
        }


class BrowserScheme(OpenApiAuthenticationExtension):
    target_class = "sessions_app.accounts.authentication.BrowserAuthentication"
    name = "browser"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "The signed-in browser; changes need the header X-CSRFToken as well.",
        }
