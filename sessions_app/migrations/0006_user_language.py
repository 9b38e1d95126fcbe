from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sessions_app", "0005_quicker_claim")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="language",
            field=models.CharField(
                blank=True,
                choices=[("en", "English"), ("fr", "Français"), ("ha", "Hausa")],
                db_default="",
                default="",
                max_length=8,
                verbose_name="language",
            ),
        ),
    ]
