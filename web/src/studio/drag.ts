/* A row that follows the finger by its handle. While it is dragged only styles change; where it was let go is told once, at the
 * end. Near the edge of what scrolls, that scrolls along. */
const EDGE_PX = 80;
const FASTEST_PX = 14; /* per frame */
const STILL_PX = 5; /* less is a tap */

function scrollerOf(element: HTMLElement): HTMLElement {
	for (let at = element.parentElement; at; at = at.parentElement) {
		if (at.scrollHeight > at.clientHeight && /auto|scroll/.test(getComputedStyle(at).overflowY)) return at;
	}
	return document.documentElement;
}

/* The page's own edges are the window's. */
function edges(scroller: HTMLElement): { top: number; bottom: number } {
	if (scroller === document.documentElement) return { top: 0, bottom: innerHeight };
	const { top, bottom } = scroller.getBoundingClientRect();
	return { top: Math.max(0, top), bottom: Math.min(innerHeight, bottom) };
}

/** Call on the handle's pointerdown. `done` is told the new index once the finger is up; not at all for a tap, or when the
 * list changed meanwhile. For the style sheet the row is `dragging` and its list `reordering`. */
export function startDrag(down: PointerEvent, row: HTMLElement, done: (to: number) => void): void {
	if (down.button !== 0) return;
	const handle = down.currentTarget as HTMLElement;
	const list = row.parentElement!;
	const rows = [...list.children] as HTMLElement[];
	const from = rows.indexOf(row);
	const scroller = scrollerOf(row);
	const startScroll = scroller.scrollTop;
	const boxes = rows.map((each) => {
		const { top, height } = each.getBoundingClientRect();
		return { top, middle: top + height / 2, bottom: top + height, height };
	});
	const own = boxes[from]!;
	const least = boxes[0]!.top - own.top;
	const most = boxes[boxes.length - 1]!.bottom - own.bottom;
	let y = down.clientY;
	let to = from;
	let moved = false;
	let frame = 0;

	const place = (): void => {
		const by = y - down.clientY + scroller.scrollTop - startScroll;
		if (!moved && Math.abs(by) < STILL_PX) return;
		if (!moved) {
			moved = true;
			row.classList.add('dragging');
			list.classList.add('reordering');
		}
		/* Within its list: what leaves it would make the page longer. */
		const within = Math.max(least, Math.min(most, by));
		/* A row gives way once half of it is covered. */
		to = from;
		boxes.forEach((box, i) => {
			if (i < from && own.top + within < box.middle) to = Math.min(to, i);
			if (i > from && own.bottom + within > box.middle) to = i;
		});
		row.style.transform = `translateY(${within}px)`;
		rows.forEach((each, i) => {
			if (i === from) return;
			const shift = i > from && i <= to ? -1 : i < from && i >= to ? 1 : 0;
			each.style.transform = shift ? `translateY(${shift * own.height}px)` : '';
		});
	};
	const creep = (): void => {
		frame = requestAnimationFrame(creep);
		if (!moved) return;
		const { top, bottom } = edges(scroller);
		const near = y < top + EDGE_PX ? y - top - EDGE_PX : y > bottom - EDGE_PX ? y - bottom + EDGE_PX : 0;
		if (!near) return;
		scroller.scrollTop += Math.max(-1, Math.min(1, near / EDGE_PX)) * FASTEST_PX;
		place();
	};
	const move = (event: PointerEvent): void => {
		y = event.clientY;
		place();
	};
	const end = (event: PointerEvent): void => {
		cancelAnimationFrame(frame);
		handle.removeEventListener('pointermove', move);
		handle.removeEventListener('pointerup', end);
		handle.removeEventListener('pointercancel', end);
		row.classList.remove('dragging');
		list.classList.remove('reordering');
		for (const each of rows) each.style.transform = '';
		if (moved) {
			/* The click that may follow belongs to the drag. */
			const swallow = (click: Event): void => click.stopImmediatePropagation();
			handle.addEventListener('click', swallow, { capture: true });
			setTimeout(() => handle.removeEventListener('click', swallow, { capture: true }), 60);
		}
		const same = rows.length === list.children.length && rows.every((each, i) => each === list.children[i]);
		if (event.type === 'pointerup' && moved && same && to !== from) done(to);
	};
	handle.setPointerCapture(down.pointerId);
	handle.addEventListener('pointermove', move);
	handle.addEventListener('pointerup', end);
	handle.addEventListener('pointercancel', end);
	frame = requestAnimationFrame(creep);
}
