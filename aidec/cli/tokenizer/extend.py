"""``aidec tokenizer extend``: a pack's tokens behind a base vocabulary."""

from __future__ import annotations

from pathlib import Path

import click

from aidec.cli.options import complete_pack, output_folder_option, tokenizer_argument
from aidec.common.errors import AidecError
from aidec.tokenizers.chat_format import format_names


@click.command()
@tokenizer_argument
@click.option(
    "-p",
    "--pack",
    "packs",
    multiple=True,
    default=("classic",),
    show_default=True,
    metavar="NAME|DIR",
    shell_complete=complete_pack,
    help="A pack whose tokens to append; can be given several times.",
)
@click.option(
    "--chat",
    metavar="NAME|FILE",
    help=f"Append the tokens of a chat format too, and save its template: {', '.join(format_names())}, or a YAML file.",
)
@click.option(
    "--task",
    "tasks",
    multiple=True,
    metavar="NAME|DIR",
    help="A task pack whose tokens to append; can be given several times. See aidec synth list.",
)
@click.option("--lossy", is_flag=True, help="Take a base that loses text, such as one of lower case.")
@output_folder_option
def command(
    directory: str, packs: tuple[str, ...], chat: str | None, tasks: tuple[str, ...], output: str, *, lossy: bool
) -> None:
    """Append the tokens of packs, of task packs and of a chat format.

    DIR is the base: a folder with a tokenizer.json, from aidec tokenizer train or from Hugging Face, or that file. The
    new tokens follow its ids without a gap, in the order of aidec vocab, the chat format's last. If transformers is
    installed, it reads the result, and must give the same ids and masks.

    \b
    Examples:
      aidec tokenizer extend base/ --pack classic --chat chatml -o tokenizer/
      aidec tokenizer extend qwen/ --pack ./my-pack -o tokenizer/
      aidec tokenizer extend base/ --pack compact --chat chatml --task repair --task ./my-task -o tokenizer/
    """
    from aidec.chat.proof import other_reading, prove
    from aidec.tokenizers import Tokenizer
    from aidec.tokenizers.extension import extend
    from aidec.tokenizers.folder import refuse_others

    refuse_others(Path(output))
    base = Tokenizer.from_pretrained(directory)
    if base.losses and not lossy:
        raise AidecError(
            f"{directory}: it loses {', '.join(base.losses)}: expected a base that keeps all text, or --lossy"
        )
    extended = extend(base, packs, chat, tasks)
    prove(extended)
    extended.save(output)
    if Path(directory).is_dir() and (found := other_reading(base, Path(directory))):
        click.echo(
            "aidec: transformers reads the base itself otherwise than its tokenizer.json, which is followed, with the "
            f"class {found}",
            err=True,
        )
    if base.losses:
        click.echo(f"aidec: the base loses text: {', '.join(base.losses)}", err=True)
    if base.rare_losses:
        click.echo(f"aidec: the base loses of rare texts: {', '.join(base.rare_losses)}", err=True)
    click.echo(
        f"aidec: {base.vocab_size:,} tokens of the base and {extended.vocab_size - base.vocab_size:,} new ones, "
        f"{extended.vocab_size:,} in all",
        err=True,
    )
