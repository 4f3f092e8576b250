"""The command ``reviewkit``: results on stdout, talk on stderr; exit 0 well, 1 said what is wrong, 2 usage."""

import os
import sys

import typer

from reviewkit import ReviewkitError
from reviewkit.cli.agreement import agreement
from reviewkit.cli.batch import batch
from reviewkit.cli.calibrate_rater import calibrate_rater
from reviewkit.cli.certify import certify
from reviewkit.cli.cohort import cohort
from reviewkit.cli.compare import compare
from reviewkit.cli.credential import credential
from reviewkit.cli.demo import demo
from reviewkit.cli.encoder import encoder_app
from reviewkit.cli.evaluate import evaluate
from reviewkit.cli.explain import explain
from reviewkit.cli.facets import facets
from reviewkit.cli.grades import grades
from reviewkit.cli.learning_curve import learning_curve
from reviewkit.cli.ledger import ledger_app
from reviewkit.cli.monitor import monitor
from reviewkit.cli.next import next_to_rate
from reviewkit.cli.plan import plan
from reviewkit.cli.queue import queue
from reviewkit.cli.rate import rate
from reviewkit.cli.review import review
from reviewkit.cli.rubric import rubric_app
from reviewkit.cli.schema import schema
from reviewkit.cli.stress import stress
from reviewkit.cli.submissions import submissions_app
from reviewkit.cli.train import train

app = typer.Typer(
    name="reviewkit",
    help="Rubric-assisted evidence review: suggested levels with evidence, and a route to a person.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(rubric_app, name="rubric")
app.add_typer(submissions_app, name="submissions")
app.add_typer(ledger_app, name="ledger")
app.add_typer(encoder_app, name="encoder")
for command in (
    train,
    review,
    batch,
    evaluate,
    explain,
    certify,
    compare,
    schema,
    demo,
    agreement,
    facets,
    calibrate_rater,
    cohort,
    credential,
    grades,
    learning_curve,
    monitor,
    plan,
    queue,
    rate,
    stress,
):
    app.command()(command)
app.command("next")(next_to_rate)


def main() -> None:
    """Run the command line."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        app(prog_name="reviewkit")
    except ReviewkitError as error:
        sys.stderr.write(f"reviewkit: {error}\n")
        sys.exit(1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        sys.stderr.write(f"reviewkit: {error.filename or 'a file'}: {error.strerror or error}; check the path.\n")
        sys.exit(1)
