"""Written answers that try to run a script, to load something, to change a page or to take long, by name.

`alert(1)` stands for the script; http://tracker.example for a server that must hear of nothing.
"""

from __future__ import annotations

SCRIPT = "javascript:alert(1)"

#: How the scheme of a link can be spelled. Each stands in an inline link, a reference and an autolink below.
SCHEMES = {
    "plain": SCRIPT,
    "upper": "JaVaScRiPt:alert(1)",
    "decimal": "&#106;avascript:alert(1)",
    "decimal_padded": "&#0000106avascript:alert(1)",
    "hexadecimal": "&#x6A;avascript:alert(1)",
    "named_colon": "javascript&colon;alert(1)",
    "named_tab": "java&Tab;script:alert(1)",
    "named_newline": "java&NewLine;script:alert(1)",
    "twice": "&amp;#106;avascript:alert(1)",
    "tab": "java\tscript:alert(1)",
    "null": "java\0script:alert(1)",
    "control": "\x01javascript:alert(1)",
    "escape": "\\javascript:alert(1)",
    "percent": "%6Aavascript:alert(1)",
    "percent_colon": "javascript%3Aalert(1)",
    "zero_width": "java\u200bscript:alert(1)",
    "soft_hyphen": "java\u00adscript:alert(1)",
    "fullwidth": "ｊavascript：alert(1)",
    "long_s": "java\u017fcript:alert(1)",
    "no_break_space": "\u00a0javascript:alert(1)",
    "vbscript": "vbscript:msgbox(1)",
    "data": "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "data_image": "data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+",
    "file": "file:///etc/passwd",
    "blob": "blob:http://localhost/0",
    "filesystem": "filesystem:http://localhost/temporary/a",
    "view_source": "view-source:javascript:alert(1)",
    "feed": "feed:javascript:alert(1)",
    "jar": "jar:javascript:alert(1)!/",
    "relative": "/logout",
    "no_scheme": "//tracker.example/a",
    "backslashes": "\\\\tracker.example/a",
    "http_without_slashes": "http:javascript:alert(1)",
    "attachment": "attachment:picture.svg",
    "quote": 'http://a.example/"onmouseover="alert(1)',
    "angle": "<http://a.example/ onclick=alert(1)>",
}

#: HTML that a renderer with raw HTML switched on would take in.
TAGS = {
    "script": "<script>alert(1)</script>",
    "script_source": "<script src=http://tracker.example/a.js></script>",
    "script_split": "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "script_slash": "<script/x>alert(1)</script/x>",
    "script_open": "<script>alert(1)",
    "image_error": "<img src=x onerror=alert(1)>",
    "image_slashes": "<img/src/onerror=alert(1)>",
    "image_backquote": "<img src=`x` onerror=alert(1)>",
    "image_set": "<img srcset='http://tracker.example/a 1x, http://tracker.example/b 2x'>",
    "picture": "<picture><source srcset=http://tracker.example/a><img></picture>",
    "image_tag": "<image href=http://tracker.example/a>",
    "input_image": "<input type=image src=http://tracker.example/a onfocus=alert(1) autofocus>",
    "svg": "<svg/onload=alert(1)>",
    "svg_script": "<svg><script>alert&lpar;1&rpar;</script></svg>",
    "svg_link": "<svg><a xlink:href=javascript:alert(1)><text y=20>x</text></a></svg>",
    "svg_animate": "<svg><a><animate attributeName=href values=javascript:alert(1) /><text y=20>x</text></a></svg>",
    "svg_use": "<svg><use href='data:image/svg+xml,<svg id=x onload=alert(1) />#x'/></svg>",
    "svg_foreign": "<svg><foreignObject><iframe src=javascript:alert(1)></foreignObject></svg>",
    "mathml": "<math><maction actiontype=statusline xlink:href=javascript:alert(1)>x</maction></math>",
    "mathml_link": "<math href=javascript:alert(1)><mtext>x</mtext></math>",
    "iframe": "<iframe src=javascript:alert(1)></iframe>",
    "iframe_document": "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "object": "<object data=javascript:alert(1)></object>",
    "embed": "<embed src=javascript:alert(1)>",
    "applet": "<applet code=a.class></applet>",
    "frameset": "<frameset onload=alert(1)>",
    "body": "<body onload=alert(1) background=http://tracker.example/a>",
    "link": "<link rel=stylesheet href=http://tracker.example/a.css>",
    "link_prefetch": "<link rel=dns-prefetch href=//tracker.example>",
    "style": "<style>@import 'http://tracker.example/a.css'; * {background: url(http://tracker.example/b)}</style>",
    "style_attribute": "<p style='background:url(http://tracker.example/a);position:fixed;top:0;width:100%'>x</p>",
    "meta_refresh": "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "meta_policy": "<meta http-equiv=Content-Security-Policy content='script-src *'>",
    "base": "<base href=http://tracker.example/>",
    "form": "<form action=/formgrader/api/grade/1 method=post><button>Full credit</button></form>",
    "form_action": "<form id=f></form><button form=f formaction=javascript:alert(1)>x</button>",
    "details": "<details open ontoggle=alert(1)>x</details>",
    "marquee": "<marquee onstart=alert(1)>x</marquee>",
    "audio": "<audio src=http://tracker.example/a autoplay onerror=alert(1)></audio>",
    "video": "<video poster=http://tracker.example/a><source onerror=alert(1)></video>",
    "ping": "<a href=http://a.example ping=http://tracker.example>x</a>",
    "a_script": "<a href=javascript:alert(1)>x</a>",
    "a_tab": "<a href='java&Tab;script:alert(1)'>x</a>",
    "clobber": "<form id=base_url><input name=href></form><img name=MathJax>",
    "comment": "<!-- --!><script>alert(1)</script> -->",
    "comment_conditional": "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    "cdata": "<![CDATA[<script>alert(1)</script>]]>",
    "declaration": "<!DOCTYPE x [<!ENTITY y SYSTEM 'http://tracker.example'>]>",
    "processing": "<?xml-stylesheet href=http://tracker.example/a.xsl?>",
    "template": "<template><script>alert(1)</script></template>",
    "shadow": "<div><template shadowrootmode=open><img src=x onerror=alert(1)></template></div>",
    "noscript": "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "mutation_math": "<math><mtext><table><mglyph><style><!--</style>"
    "<img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "mutation_svg": "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
    "mutation_form": "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "textarea": "</textarea><script>alert(1)</script>",
    "title": "</title><script>alert(1)</script>",
    "close_all": "</div></div></div></body></html><script>alert(1)</script>",
    "own_class": '<span class="tex2jax_process mathjax_process">$\\href{javascript:alert(1)}{x}$</span>',
    "utf7": "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "overlong": "\u00c0\u00bcscript\u00c0\u00bealert(1)\u00c0\u00bc/script\u00c0\u00be",
    "fullwidth": "＜script＞alert(1)＜/script＞",
    "entities": "&lt;script&gt;alert(1)&lt;/script&gt;",
    "entities_twice": "&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;",
    "null_in_tag": "<scr\0ipt>alert(1)</scr\0ipt>",
    "form_feed": "<img\x0csrc=x\x0conerror=alert(1)>",
    "bidi": "\u202e<script>alert(1)</script>\u202c",
}

#: TeX that makes links, attributes or definitions, or loads an extension; and how a command can be hidden.
FORMULAS = {
    "href": r"\href{javascript:alert(1)}{x}",
    "href_space": r"\href {javascript:alert(1)} {x}",
    "href_entity": r"\href{&#106;avascript:alert(1)}{x}",
    "href_in_text": r"\text{a \href{javascript:alert(1)}{x}}",
    "href_in_mbox": r"\mbox{$\href{javascript:alert(1)}{x}$}",
    "href_comment": "\\hr%\nef{javascript:alert(1)}{x}",
    "href_newline": "\\\nhref{javascript:alert(1)}{x}",
    "href_carets": r"^^5chref{javascript:alert(1)}{x}",
    "url": r"\url{javascript:alert(1)}",
    "style": r"\style{background:url(http://tracker.example/a)}{x}",
    "class": r"\class{btn full-credit}{x}",
    "id": r"\cssId{base_url}{x}",
    "require": r"\require{html}\href{javascript:alert(1)}{x}",
    "def": r"\def\x{\href{javascript:alert(1)}}\x{y}",
    "def_chain": r"\def\a{\h}\def\h#1{\href#1}\a{javascript:alert(1)}{x}",
    "gdef": r"\gdef\x#1{\href{#1}{y}}\x{javascript:alert(1)}",
    "newcommand": r"\newcommand{\x}{\href{javascript:alert(1)}{y}}\x",
    "renewcommand": r"\renewcommand{\frac}[2]{\href{javascript:alert(1)}{#2}}\frac{1}{2}",
    "let": r"\let\frac\href \frac{javascript:alert(1)}{x}",
    "csname": r"\csname href\endcsname{javascript:alert(1)}{x}",
    "newenvironment": r"\newenvironment{x}{\href{javascript:alert(1)}}{}\begin{x}y\end{x}",
    "declare_operator": r"\DeclareMathOperator{\x}{\href{javascript:alert(1)}{y}}\x",
    "unicode": r"\unicode[x;background:url(http://tracker.example/a)]{65}",
    "image": r"\includegraphics{http://tracker.example/a.png}",
    "data": r"\data{onclick=alert(1)}{x}",
    "mml_token": r"\mmlToken{mi}[href=javascript:alert(1)]{x}",
    "mml_token_style": r"\mmlToken{mi}[style=background:url(http://tracker.example/a)]{x}",
    "tool_tip": r"\texttip{x}{<img src=x onerror=alert(1)>}",
    "math_tip": r"\mathtip{x}{\href{javascript:alert(1)}{y}}",
    "toggle": r"\toggle{x}{\href{javascript:alert(1)}{y}}\endtoggle",
    "enclose": r"\enclose{circle}[mathcolor=red,href=javascript:alert(1)]{x}",
    "box": r"\bbox[background:url(http://tracker.example/a)]{x}",
    "colour": r"\color{url(http://tracker.example/a)}x",
    "colour_box": r"\colorbox{url(http://tracker.example/a)}{x}",
    "label": r"\label{x}\ref{x}\eqref{x}",
    "rule": r"\rule{1000em}{1000em}",
    "space": r"\hspace{-100em}\kern{-100em}\raise 50em{x}",
    "row_space": r"\begin{matrix} a \\[-99999em] b \end{matrix}",
    "columns": r"\begin{array}{*{999999}{c}} a \end{array}",
    "environment_space": "\\begin {html} x \\end {html}",
    "environment_unknown": r"\begin{html} x \end{html}",
    "verbatim": r"\verb|</span><script>alert(1)</script>|",
    "chemistry": r"\ce{\href{javascript:alert(1)}{x}}",
    "tag": "<img src=x onerror=alert(1)>",
    "tag_close": "</span></div><script>alert(1)</script>",
    "tag_in_text": r"\text{<script>alert(1)</script>}",
    "entity_in_text": r"\text{&lt;script&gt;alert(1)&lt;/script&gt;}",
    "ampersand": "a &lt;img src=x onerror=alert(1)&gt; b",
    "unbalanced": r"} \href{javascript:alert(1)}{x} {",
    "long_s_command": "\\\u017ftyle{x}{y}",
    "kelvin_command": "\\mm\u212aToken{mi}{x}",
    "fullwidth_backslash": "\uff3chref{javascript:alert(1)}{x}",
    "placeholder": "@@0@@ x @@1@@",
    "backquote": "x ` y ` <b>",
    "depth": "{" * 500 + "x" + "}" * 500,
    "roots": r"\sqrt" * 500 + "x",
    "left": r"\left(" * 200 + "x" + r"\right)" * 200,
    "null": "\\hr\0ef{javascript:alert(1)}{x}",
}

#: Of these, what is typeset: signs that mean nothing to TeX, and a command's name as letters.
TYPESET = {
    *("href_carets", "href_newline", "fullwidth_backslash", "ampersand"),
    *("tag", "tag_close", "tag_in_text", "entity_in_text"),
}

#: Markdown that mixes what a renderer reads twice.
MIXED = {
    "image": "![x](http://tracker.example/a.png)",
    "image_logout": "![figure](/logout)",
    "image_reference": "![x][a]\n\n[a]: http://tracker.example/a.png",
    "image_in_link": "[![x](http://tracker.example/a.png)](javascript:alert(1))",
    "image_title": "![x](http://tracker.example/a.png '\"onerror=alert(1)')",
    "image_description": '![x" onerror="alert(1)](y)',
    "image_of_formula": "![$\\href{javascript:alert(1)}{x}$](y)",
    "link_title": "[x](http://a.example 'x\" onmouseover=\"alert(1)')",
    "link_with_formula": "[$x$](http://a.example/$\\href{javascript:alert(1)}{x}$)",
    "link_address_code": "[x](http://a.example/`<script>alert(1)</script>`)",
    "formula_across_code": "$a `b$ c` <script>alert(1)</script> $d$",
    "formula_across_tag": "$a <i title='$'> onclick=alert(1)",
    "formula_split_link": "$x [a](javascript:alert(1)) y$",
    "dollars_in_text": "costs \\$5 \\href{javascript:alert(1)}{x} \\$6",
    "brackets_in_text": "\\\\(\\href{javascript:alert(1)}{x}\\\\) \\\\[\\href{javascript:alert(1)}{y}\\\\]",
    "environment_in_text": "see \\begin{align}\\href{javascript:alert(1)}{x}\\end{align} there",
    "formula_in_code": "`$\\href{javascript:alert(1)}{x}$`",
    "formula_in_fence": "```\n$$\n\\href{javascript:alert(1)}{x}\n$$\n```",
    "fence_language": '```html onload=alert(1)"><script>alert(1)</script>\n<script>alert(1)</script>\n```',
    "fence_mermaid": '```mermaid\ngraph TD; a[<img src=x onerror=alert(1)>]; click a href "javascript:alert(1)"\n```',
    "fence_blank_lines": "```\na\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1))\n```",
    "indented_blank_lines": "    a\n\n    <script>alert(1)</script>\n\n[x](javascript:alert(1))",
    "code_with_markdown": "`` `[x](javascript:alert(1))` ``",
    "html_then_markdown": "<div>\n\n[x](javascript:alert(1))\n\n</div>",
    "table": "| [x](javascript:alert(1)) | <script>alert(1)</script> |\n|---|---|\n| ![x](/logout) | `|` |",
    "heading": "# <script>alert(1)</script> {#x onclick=alert(1)}",
    "footnote": "x[^1]\n\n[^1]: <script>alert(1)</script>",
    "definition": "x\n: <script>alert(1)</script>",
    "task": "- [ ] <script>alert(1)</script>",
    "bare_address": "www.tracker.example http://tracker.example/a javascript:alert(1)",
    "autolink_mail": "<a@b.example> <mailto:a@b.example?body=x>",
    "line_separators": "a\u2028<script>alert(1)</script>\u2029[x](javascript:alert(1))\x85b\x0b\x0cc",
    "carriage_returns": "a\r\r<script>alert(1)</script>\r\n\r\n[x](javascript:alert(1))",
    "placeholders": "@@0@@ $x$ @@1@@ ~T ~D",
    "template": "{{ cell }} {% raw %} {{ 7*7 }}",
    "attachment": "![x](attachment:picture.svg)",
    "terminal": "\x1b]0;x\x07\x1b[2J",
}

VECTORS = {
    **{f"link_{name}": f"[x]({address})" for name, address in SCHEMES.items()},
    **{f"reference_{name}": f"[x][a]\n\n[a]: {address}" for name, address in SCHEMES.items()},
    **{f"autolink_{name}": f"<{address}>" for name, address in SCHEMES.items()},
    **{f"picture_{name}": f"![x]({address})" for name, address in SCHEMES.items()},
    **{f"block_{name}": text for name, text in TAGS.items()},
    **{f"inline_{name}": f"so **{text}** it is" for name, text in TAGS.items()},
    **{f"fenced_{name}": f"```html\n{text}\n\n{text}\n```" for name, text in TAGS.items()},
    **{f"formula_{name}": f"where ${tex}$ is" for name, tex in FORMULAS.items()},
    **{f"display_{name}": f"$$\n{tex}\n$$" for name, tex in FORMULAS.items()},
    **{f"align_{name}": f"\\begin{{align}}\n{tex}\n\\end{{align}}" for name, tex in FORMULAS.items()},
    **{f"mixed_{name}": text for name, text in MIXED.items()},
}

#: What made a renderer slow, repeated to fill an answer.
SLOW = (
    *(" ", "\\\\(", "[", "](", "![", "*", "**a ", "_a", "> ", ">", "|", "|a|\n", "<", "`", "` ", "$", "$ ", "$$\n"),
    *("\\begin{align}\n", "- ", "* * ", "1. ", "#", "&", "[a](", "[a]: b\n", "[a][", "<a ", "<!--", "\n", "\t", "~~a"),
    *(
        "    a\n",
        "```\n",
        "\\",
        "[x](<",
        "- a\n  ",
        "***a",
        "---\n",
        "a|b\n-|-\n",
        "{",
        "$\\sqrt",
        "&#0;",
        "\u0301",
        "\0",
    ),
)

#: An ordinary answer, and what an instructor must be able to read in it.
ORDINARY = r"""The windows **overlap**, so each entry of $\partial L / \partial x$ is a *sum* where $a<b$ and $x_i > 0$:

$$
\frac{\partial L}{\partial x_{i,j}} = \sum_{u,v} w_{u,v}\,
\delta_{i-u,j-v} \quad\text{for } u < k
$$

\begin{align}
dx &= dy * \operatorname{rot}_{180}(w) \\
   &= \begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}
\end{align}

1. first, with `a<b && c>d`
2. second

- costs \$5 and $6 at most
- see [the guide](https://arxiv.org/abs/1603.07285) and <https://numpy.org/doc/>

```python
if a<b:
    y[i, j] += x[i*s + u] * w["k"]  # comment

    return x**2
```

| rule | gradient |
|------|:--------:|
| sum  | $1$      |
| max  | `0 or 1` |

> A quote, with a snowman ☃ and 因为 and потому что.
"""
