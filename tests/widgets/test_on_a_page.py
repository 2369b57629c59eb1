"""Every widget in a real browser, on a bare page: keyboard and mouse move it, both themes show it, without a kernel."""

import pytest

import cnnlab.widgets
from tests.patience import patience
from tests.widgets.page import SPOT, write
from tests.widgets.states import STATES

pytestmark = pytest.mark.browser

PIXELS = "() => document.querySelector('canvas').toDataURL()"


@pytest.fixture
def shown(browser, tmp_path):
    """shown(widget, theme): the page with the widget on it; at the end nothing may have gone wrong there."""
    pages, complaints = [], []

    def show(widget, theme="light", width=800, **options):
        page = browser.new_page(viewport={"width": width, "height": 700}, **options)
        page.set_default_timeout(patience(20_000))
        page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(write(widget, tmp_path, theme))
        page.wait_for_function("window.ready")
        pages.append(page)
        return page

    yield show
    for page in pages:
        page.close()
    assert complaints == []


def settle(page):
    """Wait until what was asked for is drawn."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return page.locator(".cnnlab-caption").inner_text()


def widget_of(scene):
    from cnnlab.widgets.canvas import widget_of

    return widget_of(type(scene))(scene)


@pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", STATES)
def test_the_keyboard_moves_it(shown, kind, theme):
    widget = widget_of(STATES[kind][0])
    page = shown(widget, theme)
    assert settle(page) == widget.caption
    canvas = page.locator("canvas")
    assert canvas.get_attribute("aria-label") == f"{widget._label} {widget._keys}"
    canvas.focus()
    before = page.evaluate(PIXELS)
    seen = {settle(page)}
    for key in ("ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
        seen.add(settle(page))
    assert len(seen) > 1
    assert page.evaluate(PIXELS) != before
    assert page.evaluate("document.activeElement.tagName") == "CANVAS"
    assert page.evaluate("model.saved") > 1


@pytest.mark.parametrize("kind", STATES)
def test_every_control_changes_it(shown, kind):
    page = shown(widget_of(STATES[kind][0]))
    for slider in page.locator("input[type=range]").all():
        before = settle(page), page.evaluate(PIXELS)
        slider.focus()
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowLeft") if slider.input_value() == slider.get_attribute("max") else None
        left = settle(page), page.evaluate(PIXELS)
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        assert left != before or (settle(page), page.evaluate(PIXELS)) != before
    for choice in page.locator("select").all():
        before = page.evaluate(PIXELS)
        choice.select_option(index=1)
        settle(page)
        assert page.evaluate(PIXELS) != before


def test_the_mouse_chooses_a_cell(shown):
    page = shown(cnnlab.widgets.conv_explorer(input=4, kernel=1, stride=1, padding=0))
    box = page.locator("canvas").bounding_box()
    page.mouse.click(box["x"] + 22 + 1.5 * 48, box["y"] + 42 + 2.5 * 48)
    assert "x[2, 1] = 7 is used once: 7·0.24 in y[2, 1]." in settle(page)
    page.mouse.move(box["x"] + 22 + 0.5 * 48, box["y"] + 42 + 2.5 * 48)
    assert "x[2, 1]" in settle(page), "it moved without a button held down"


def test_keys_do_not_reach_the_notebook_unless_they_leave_the_widget(shown):
    page = shown(cnnlab.widgets.conv_explorer())
    page.evaluate("window.heard = []; document.addEventListener('keydown', e => heard.push(e.key))")
    page.locator("canvas").focus()
    for key in ("ArrowDown", "b", "x", " ", "Escape", "Shift+Enter", "Tab"):
        page.keyboard.press(key)
    assert page.evaluate("heard") == ["Escape", "Shift", "Enter", "Tab"] or page.evaluate("heard") == [
        "Escape",
        "Enter",
        "Tab",
    ]


def test_python_sets_it(shown):
    widget = cnnlab.widgets.conv_explorer()
    page = shown(widget)
    page.evaluate("model.set('direction', 'backward')")
    widget.direction = "backward"
    assert settle(page) == widget.caption


def test_a_kernel_that_is_gone_does_not_stop_it(shown):
    page = shown(cnnlab.widgets.conv_explorer())
    page.evaluate("() => { model.save_changes = () => { throw new Error('the kernel is dead'); }; }")
    page.locator("canvas").focus()
    before = settle(page)
    page.keyboard.press("ArrowLeft")
    assert settle(page) != before


def test_it_leaves_nothing_behind(shown):
    page = shown(cnnlab.widgets.conv_explorer())
    page.evaluate("leave()")
    assert page.evaluate("Object.values(model.heard).flat().length") == 0


def swipe(page, start, end):
    """Put a finger down at one place of the page and lift it at another, as a touch screen reports it."""
    session = page.context.new_cdp_session(page)
    points = [tuple(a + (b - a) * k / 8 for a, b in zip(start, end, strict=True)) for k in range(9)]
    for kind, place in [("touchStart", points[0]), *(("touchMove", p) for p in points[1:])]:
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": place[0], "y": place[1]}]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    return settle(page)


def test_a_finger_drags_the_chosen_cell_and_scrolls_past_the_others(shown):
    page = shown(cnnlab.widgets.conv_explorer(row=2, column=2), has_touch=True, width=600)
    page.evaluate("document.body.style.paddingBottom = '2000px'")
    start = page.evaluate(SPOT, {"grid": "x", "row": 2, "column": 2})
    end = page.evaluate(SPOT, {"grid": "x", "row": 4, "column": 3})
    dragged = swipe(page, start, end)
    assert "x[4, 3]" in dragged
    assert page.evaluate("scrollY") == 0
    other = page.evaluate(SPOT, {"grid": "x", "row": 2, "column": 0})
    assert swipe(page, other, (other[0], other[1] - 150)) == dragged
    assert page.evaluate("scrollY") > 50, "the picture kept the page from scrolling"


def test_the_page_below_stays_where_it_is_while_a_key_is_held(shown):
    page = shown(cnnlab.widgets.softmax_jacobian(), width=600)
    high = "document.querySelector('.cnnlab-widget').offsetHeight"
    page.locator("canvas").focus()
    before = page.evaluate(high)
    for key in ["ArrowDown"] * 3 + ["ArrowRight"] * 20:
        page.keyboard.press(key)
    settle(page)
    assert page.evaluate(high) == before


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_play_goes_on_slowly_for_a_reader_who_wants_less_motion(shown, motion):
    page = shown(cnnlab.widgets.graph_stepper(step=0), reduced_motion=motion)
    page.evaluate("""() => {
      window.paces = [];
      window.setInterval = (tick, pace) => { paces.push(pace); window.tick = tick; return 1; };
      window.clearInterval = () => paces.push("stopped");
    }""")
    button = page.get_by_role("button", name="Play")
    button.click()
    assert page.evaluate("paces") == [1000 if motion == "reduce" else page.evaluate("scene.pace ?? 250")]
    before = settle(page)
    page.evaluate("tick()")
    assert settle(page) != before
    page.get_by_role("button", name="Stop").click()
    assert page.evaluate("paces.at(-1)") == "stopped"
