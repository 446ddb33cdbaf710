"""The table of Django's database cache, as `createcachetable` would make it, and the ticks of the clock's tasks."""

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
        ),
        migrations.RunSQL(
            sql="CREATE TABLE engine_tick (task varchar(128) NOT NULL PRIMARY KEY, tick bigint NOT NULL)",
            reverse_sql="DROP TABLE engine_tick",
        ),
    ]
