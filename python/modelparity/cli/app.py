"""The command's frame: its subcommands, each imported when it is called, and the exit statuses."""

import importlib
from typing import Annotated

import typer
from typer.core import TyperGroup

import modelparity

OK = 0
DIFFERENT = 1
WRONG_CALL = 2
NOTHING_VERIFIED = 3

COMMANDS = {
    "check": "Says what stands between a model and each runtime, without running it.",
    "compare": "Judges saved answers again, with other tolerances, and runs nothing.",
    "contract": "Keeps names, dtypes and shapes in a text file, and tells when they change.",
    "export": "Makes a bundle: artifacts in every format, and golden cases with their answers.",
    "inspect": "Shows what is in a bundle or any artifact.",
    "verify": "Runs a model in every runtime and compares the answers.",
    "locate": "Finds the first node at which a runtime's values leave the reference's.",
    "report": "Merges the reports of many models or shards into one, and tells what changed.",
    "zoo": "Writes a Bazel workspace that verifies every model below a folder, many at a time.",
    "runtimes": "Lists every runtime: its version, formats and dtypes, or how to get it.",
}
"""Name to what `--help` says. The command `name` is `app` in the module `name_command`."""


class _Group(TyperGroup):
    """Imports a subcommand when it is called: `--help` has no need of what `verify` imports."""

    def list_commands(self, ctx):
        return list(COMMANDS)

    def get_command(self, ctx, name):
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f"modelparity.cli.{name}_command")
        command = typer.main.get_command(module.app)
        command.name = name
        return command

    def format_commands(self, ctx, formatter):
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def subcommand() -> typer.Typer:
    """Returns the app of a module with one command."""
    return typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


def examples(*lines: str) -> str:
    """Returns the end of a command's help. A form feed keeps its lines as they are."""
    return "\b\n" + "\n".join(["Examples:", *(f"  {line}" for line in lines)])


app = typer.Typer(
    cls=_Group,
    name="modelparity",
    help="Says whether a TensorFlow model gives the same answers in every runtime.",
    epilog=examples("modelparity verify saved_model_folder", "modelparity COMMAND --help"),
    no_args_is_help=True,
    add_completion=False,
    # Rich takes longer to import than most commands to run.
    rich_markup_mode=None,
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
