"""Check formulas in written answers: only TeX commands from a list reach MathJax, and none that define others.

MathJax has commands that make links, set attributes and styles, load extensions and define further commands. Students
need none of them, so a formula is typeset only if every command in it is on the list; any other is shown as source.
"""

from __future__ import annotations

import re

MAX_FORMULA_CHARS = 4000

#: How deeply braces and \\left may be nested: MathJax calls itself for each level.
MAX_FORMULA_DEPTH = 30

#: How many commands may stand in one formula: \\sqrt\\sqrt\\sqrt nests without braces.
MAX_FORMULA_COMMANDS = 800

#: How many commands that take an argument may follow one another with nothing between, as in \\sqrt\\sqrt\\sqrt.
MAX_COMMAND_CHAIN = 12


def _split_names(names: str) -> frozenset[str]:
    return frozenset(names.split())


LETTERS = _split_names("""
alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa varkappa lambda mu nu xi omicron pi varpi
rho varrho sigma varsigma tau upsilon phi varphi chi psi omega
Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega
aleph beth ell hbar hslash imath jmath Re Im wp partial nabla infty emptyset varnothing
forall exists nexists top bot angle triangle square Box Diamond blacksquare bigstar star ast prime backprime
dagger ddagger S P checkmark
""")

OPERATORS = _split_names("""
pm mp times div cdot cdotp circ bullet odot oplus ominus otimes oslash wedge vee land lor lnot neg cap cup sqcap sqcup
uplus setminus smallsetminus wr amalg diamond bigcirc boxplus boxtimes boxdot boxminus bowtie rtimes ltimes circledast
sum prod coprod int iint iiint oint bigcap bigcup bigsqcup bigvee bigwedge bigodot bigoplus bigotimes biguplus
""")

RELATIONS = _split_names("""
le leq leqslant ge geq geqslant lt gt ne neq eq equiv approx approxeq sim simeq cong propto varpropto asymp doteq
triangleq ll gg lll ggg prec succ preceq succeq subset supset subseteq supseteq subsetneq supsetneq
nsubseteq nsupseteq in ni notin not mid nmid parallel nparallel perp models vdash dashv because therefore lesssim gtrsim
to gets leftarrow rightarrow leftrightarrow Leftarrow Rightarrow Leftrightarrow longleftarrow longrightarrow
longleftrightarrow Longleftarrow Longrightarrow Longleftrightarrow mapsto longmapsto hookrightarrow hookleftarrow
uparrow downarrow updownarrow Uparrow Downarrow Updownarrow nearrow searrow swarrow nwarrow rightharpoonup
rightharpoondown leftharpoonup leftharpoondown rightleftharpoons implies impliedby iff leadsto
""")

FUNCTIONS = _split_names("""
sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh coth exp log ln lg max min sup inf lim limsup liminf
arg det dim ker hom deg gcd Pr bmod mod
""")

DELIMITERS = _split_names("""
left right middle big Big bigg Bigg bigl Bigl biggl Biggl bigr Bigr biggr Biggr bigm Bigm biggm Biggm
langle rangle lvert rvert lVert rVert vert Vert lfloor rfloor lceil rceil lbrace rbrace lbrack rbrack backslash
""")

SPACES_AND_DOTS = _split_names("""
quad qquad enspace thinspace medspace thickspace negthinspace dots ldots cdots vdots ddots dotsc dotsb dotsm dotsi colon
over choose atop displaystyle textstyle scriptstyle scriptscriptstyle limits nolimits nonumber notag hline cr
tiny scriptsize small normalsize large Large
""")

#: Commands that take an argument, which may follow without braces.
WITH_ARGUMENT = _split_names("""
frac dfrac tfrac cfrac binom dbinom tbinom sqrt overline underline overbrace underbrace overrightarrow overleftarrow
overset underset stackrel substack xrightarrow xleftarrow boxed phantom hphantom vphantom smash tag operatorname
hat widehat tilde widetilde bar vec dot ddot dddot acute grave check breve mathring
mathrm mathbf mathit mathsf mathtt mathcal mathbb mathfrak mathscr boldsymbol bold pmb rm bf it sf tt cal
text textrm textbf textit textsf texttt textup textnormal mbox hbox mathop mathbin mathrel mathord mathopen mathclose
mathpunct pmod pod
""")

COMMANDS = frozenset(("begin", "end")).union(
    LETTERS, OPERATORS, RELATIONS, FUNCTIONS, DELIMITERS, SPACES_AND_DOTS, WITH_ARGUMENT
)

#: What may follow a backslash and is no letter: spaces, a new row, and characters meant as themselves.
SYMBOLS = frozenset("\\,;:!> {}|_$%&#")

ENVIRONMENTS = frozenset(
    f"{name}{star}"
    for name in (
        *("equation", "align", "alignat", "flalign", "gather", "multline", "eqnarray", "split", "aligned", "alignedat"),
        *("gathered", "cases", "array", "matrix", "pmatrix", "bmatrix", "Bmatrix", "vmatrix"),
        *("Vmatrix", "smallmatrix", "subarray"),
    )
    for star in ("", "*")
)

COMMAND = re.compile(r"\\([A-Za-z]+)")
ENVIRONMENT = re.compile(r"\s*\{([A-Za-z]+\*?)\}")
COLUMNS = re.compile(r"\s*\{[lcr|: ]{1,40}\}")
ALIGNED_PAIRS = re.compile(r"\s*\{\d{1,2}\}")
ROW_SPACE = re.compile(r"\s*\[\d{0,2}(\.\d{1,2})?(pt|em|ex|mm)\]")

#: Characters that Markdown's own treatment of formulas, or TeX's of macro arguments, would read as something else.
UNUSABLE = frozenset("`@#$")

#: How a character is written so that no HTML parser, and no second escaping, reads it otherwise.
REWRITTEN = {"<": r"\lt ", ">": r"\gt ", "&": "& ", "~": r"\ ", '"': "''", "\n": " ", "\t": " "}


class FormulaNotAllowed(ValueError):
    """A formula is shown as source and not typeset; the message is the reason, as the end of a sentence."""


def clean_formula(tex: str) -> str:
    r"""Return a formula (what stands between the dollars) on one line, free of HTML's special characters.

    Raises FormulaNotAllowed for a command or environment that is not on the list, for unbalanced braces, and for what
    is long or nested beyond reason. Text in \text{...} is read like the rest: commands act there as well.

    >>> clean_formula(r"a < b \\ \frac12")
    'a \\lt b \\\\ \\frac12'
    """
    if len(tex) > MAX_FORMULA_CHARS:
        raise FormulaNotAllowed(f"it has {len(tex):,} characters, at most {MAX_FORMULA_CHARS:,} are typeset")
    return _Formula(tex).clean()


class _Formula:
    """One reading of a formula, from left to right."""

    def __init__(self, tex: str):
        self.tex, self.at = tex, 0
        self.parts: list[str] = []
        self.open: list[str] = []  # what is open: "{", "left", or an environment's name
        self.commands = self.chain = 0

    def clean(self) -> str:
        while self.at < len(self.tex):
            character = self.tex[self.at]
            if character == "\\":
                self._take_command()
            elif character == "%":  # a comment ends with its line
                end = self.tex.find("\n", self.at)
                self.at = len(self.tex) if end < 0 else end
            else:
                self._take_character(character)
        if self.open:
            raise FormulaNotAllowed("its braces or environments are not balanced")
        cleaned = re.sub(" {2,}", " ", "".join(self.parts)).strip()
        if not cleaned:
            raise FormulaNotAllowed("it is empty")
        return cleaned + (" " if cleaned.endswith("\\") else "")

    def _take_character(self, character: str) -> None:
        if character in UNUSABLE:
            raise FormulaNotAllowed(f"it holds the character {character}")
        if character == "{":
            self._enter("{")
        elif character == "}":
            self._leave("{")
        if character not in " \n\t{^_":
            self.chain = 0
        elif character in "^_":
            self._lengthen_chain()
        self.parts.append(REWRITTEN.get(character, character))
        self.at += 1

    def _take_command(self) -> None:
        self.commands += 1
        if self.commands > MAX_FORMULA_COMMANDS:
            raise FormulaNotAllowed(f"it has more than {MAX_FORMULA_COMMANDS} commands")
        found = COMMAND.match(self.tex, self.at)
        if found is None:
            return self._take_symbol()
        name, self.at = found[1], found.end()
        if name not in COMMANDS:
            raise FormulaNotAllowed(f"the command \\{name[:30]} is not typeset here")
        following = self.tex[self.at : self.at + 1]
        if following and not following.isascii():
            self.parts.append(f"\\{name} ")  # a letter of another alphabet is none of the command's
        else:
            self.parts.append(f"\\{name}")
        if name in WITH_ARGUMENT:
            self._lengthen_chain()
        else:
            self.chain = 0
        if name in ("begin", "end"):
            self._take_environment(name)
        elif name == "left":
            self._enter("left")
        elif name == "right":
            self._leave("left")
        return None

    def _take_symbol(self) -> None:
        symbol = self.tex[self.at + 1 : self.at + 2].replace("\n", " ").replace("\t", " ")
        if symbol not in SYMBOLS or not symbol:
            raise FormulaNotAllowed("it has a backslash before a character that is no command")
        self.at += 2
        self.parts.append({"&": r"\& ", ">": r"\:"}.get(symbol, f"\\{symbol}"))
        if symbol == "\\":
            bracket = self.tex[self.at :].lstrip().startswith("[")
            if bracket and not ROW_SPACE.match(self.tex, self.at):
                raise FormulaNotAllowed("the space after one of its rows is none of up to 99 pt, em, ex or mm")

    def _take_environment(self, kind: str) -> None:
        found = ENVIRONMENT.match(self.tex, self.at)
        if found is None or found[1] not in ENVIRONMENTS:
            raise FormulaNotAllowed("one of its environments is not typeset here")
        name, self.at = found[1], found.end()
        self.parts.append(f"{{{name}}}")
        if kind == "end":
            return self._leave(name)
        self._enter(name)
        plain = name.rstrip("*")
        wanted = {"array": COLUMNS, "subarray": COLUMNS, "alignat": ALIGNED_PAIRS, "alignedat": ALIGNED_PAIRS}
        if plain in wanted and not wanted[plain].match(self.tex, self.at):
            raise FormulaNotAllowed(f"the columns of its {plain} are not written in the usual way")
        return None

    def _lengthen_chain(self) -> None:
        self.chain += 1
        if self.chain > MAX_COMMAND_CHAIN:
            raise FormulaNotAllowed(f"more than {MAX_COMMAND_CHAIN} commands are applied to one another")

    def _enter(self, what: str) -> None:
        self.open.append(what)
        if len(self.open) > MAX_FORMULA_DEPTH:
            raise FormulaNotAllowed(f"it is nested more than {MAX_FORMULA_DEPTH} deep")

    def _leave(self, what: str) -> None:
        if not self.open or self.open.pop() != what:
            raise FormulaNotAllowed("its braces or environments are not balanced")
