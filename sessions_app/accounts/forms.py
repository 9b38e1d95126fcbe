"""Forms of the account pages."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.conf import settings
from django.contrib.auth import password_validation
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sessions_app.models import User

PASSWORD_MAX = 256
EXPIRY_CHOICES = (
    ("7", _("7 days")),
    ("30", _("30 days")),
    ("90", _("90 days")),
    ("365", _("1 year")),
    ("", _("Never")),
)
REACH_CHOICES = (("read", _("Read only")), ("full", _("Read and change")))


def _email_field() -> forms.EmailField:
    return forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        widget=forms.EmailInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )


def _password_field(label: str, autocomplete: str, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=PASSWORD_MAX,
        strip=False,
        help_text=help_text,
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
    )


def _name_field() -> forms.CharField:
    return forms.CharField(
        label=_("Your name"),
        max_length=80,
        required=False,
        help_text=_("Shown to you at the top of each page. You may leave it empty."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


class _LowercaseEmail(forms.Form):
    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()


class SignInForm(_LowercaseEmail):
    email = _email_field()
    password = _password_field(_("Password"), "current-password")


class ChoosePasswordForm(forms.Form):
    """A new password; the validators compare it with what we know of the person."""

    new_password = _password_field(
        _("New password"),
        "new-password",
        _("At least 10 characters, not only digits, not a common password."),
    )

    def __init__(self, *args: object, user: object = None, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_new_password(self) -> str:
        password = self.cleaned_data["new_password"]
        password_validation.validate_password(password, self.user)
        return password


class SignUpForm(_LowercaseEmail):
    """Sign-up where mails cannot be waited for: address and password at once."""

    email = _email_field()
    display_name = _name_field()
    new_password = _password_field(
        _("Password"), "new-password", _("At least 10 characters, not only digits, not a common password.")
    )

    def clean(self) -> dict:
        cleaned = super().clean()
        if "new_password" in cleaned:
            person = User(email=cleaned.get("email", ""), display_name=cleaned.get("display_name", ""))
            try:
                password_validation.validate_password(cleaned["new_password"], person)
            except forms.ValidationError as error:
                self.add_error("new_password", error)
        return cleaned


class SignUpAddressForm(_LowercaseEmail):
    """Sign-up where the address is proved first; the password is chosen behind the mailed link."""

    email = _email_field()
    display_name = _name_field()


class PasswordResetForm(_LowercaseEmail):
    email = _email_field()


class PasswordAgainForm(forms.Form):
    password = _password_field(_("Your password"), "current-password")


class PasswordChangeForm(ChoosePasswordForm):
    password = _password_field(_("Your password now"), "current-password")
    field_order = ("password", "new_password")


class ProfileForm(forms.Form):
    display_name = _name_field()
    language = forms.ChoiceField(
        label=_("Language"),
        choices=(("", _("As the browser asks")), *settings.LANGUAGES),
        required=False,
        help_text=_("Of the pages, of mails to you, and of new reports where the report exists in it."),
    )


class PersonalTokenForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("What will use it, for example: laptop script, dashboard."),
    )
    reach = forms.ChoiceField(label=_("It may"), choices=REACH_CHOICES, initial="read")
    expires = forms.ChoiceField(
        label=_("It expires after"), choices=EXPIRY_CHOICES, initial="30", required=False
    )

    def expires_at(self) -> object:
        days = self.cleaned_data["expires"]
        return timezone.now() + timedelta(days=int(days)) if days else None
