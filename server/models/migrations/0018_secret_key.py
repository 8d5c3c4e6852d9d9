from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('models', '0017_sweeps')]

    initial = False

    operations = [
        ops.CreateModel(
            name='SecretKeyMark',
            fields=[
                ('id', fields.SmallIntField(primary_key=True, unique=True, db_index=True)),
                ('fingerprint', fields.CharField(max_length=64)),
            ],
            options={'table': 'secret_key_marks', 'app': 'models', 'pk_attr': 'id', 'table_description': 'The fingerprint of the secret key that this server\'s keys are made of, in the only row.'},
            bases=['Model'],
        ),
    ]
