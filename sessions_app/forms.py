"""Forms of the session pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sessions_app.models import AnalysisSession


class SessionForm(forms.ModelForm):
    """Name and note of a session; used to create it and to rename it."""

    class Meta:
        model = AnalysisSession
        fields = ("name", "note")
        labels = {"name": _("Name of the session"), "note": _("Note (optional)")}
        help_texts = {"name": _("For example the state and the year."), "note": _("Only you can read it.")}
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
            "note": forms.Textarea(attrs={"rows": 3, "maxlength": 2000}),
        }


class UploadForm(forms.Form):
    """One file of one kind, or an upload that is to be read `again` by another sheet or layer."""

    kind = forms.CharField(max_length=40, widget=forms.HiddenInput)
    file = forms.FileField(allow_empty_file=True, max_length=1000, required=False)
    again = forms.UUIDField(required=False)
    sheet = forms.CharField(required=False, max_length=200, strip=False)
    layer = forms.CharField(required=False, max_length=200, strip=False)

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean()
        if not found.get("file") and not found.get("again"):
            raise forms.ValidationError(_("No file was chosen."))
        return found
