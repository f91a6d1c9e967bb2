"""The command's frame: what every subcommand is hung on, and the meaning of exit statuses."""

from typing import Annotated

import typer

import modelparity

OK = 0
DIFFERENT = 1
WRONG_CALL = 2
NOTHING_VERIFIED = 3

app = typer.Typer(
    name="modelparity",
    help="Says whether a TensorFlow model gives the same answers in every runtime.",
    epilog="Example: `modelparity verify saved_model_folder`",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> int:
    if version:
        print(f"modelparity {modelparity.__version__}")
        raise typer.Exit(OK)
    return OK
