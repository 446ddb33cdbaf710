"""The table of Django's database cache (rate limits live there), as `createcachetable` would make it."""

from django.db import migrations


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL(
            sql=[
                """CREATE TABLE engine_cache (
                       cache_key varchar(255) NOT NULL PRIMARY KEY,
                       value text NOT NULL,
                       expires timestamp with time zone NOT NULL)""",
                "CREATE INDEX engine_cache_expires ON engine_cache (expires)",
            ],
            reverse_sql="DROP TABLE engine_cache",
        )
    ]
