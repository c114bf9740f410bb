/* A sheet over the page: the browser's own modal dialog, which keeps the focus inside, makes the rest inert and
 * closes by Esc. From below on phones, at the side on wide screens. The picture behind goes on. */
import { createPortal, type ComponentChildren, type JSX } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Close } from './icons';
import { dropGoodNews, Notices, sheetDepth } from './notices';

type Props = {
	title: string;
	onClose: () => void;
	children: ComponentChildren;
	testid?: string;
	/** Of full height whatever is in it, where that changes under the finger. */
	tall?: boolean;
};

export function Sheet({ title, onClose, children, testid, tall = false }: Props): JSX.Element {
	const dialog = useRef<HTMLDialogElement>(null);
	const [depth] = useState(() => sheetDepth.peek() + 1);
	const id = useId();
	useEffect(() => {
		const element = dialog.current!;
		const before = document.activeElement as HTMLElement | null;
		element.showModal();
		dropGoodNews();
		sheetDepth.value = depth;
		return () => {
			sheetDepth.value = depth - 1;
			element.close();
			/* The browser gives the focus back unless what had it is gone by now. */
			if (before?.isConnected) before.focus({ preventScroll: true });
		};
	}, []);
	/* In the body, so that no scrolling or clipping ancestor has a part in it. */
	return createPortal(
		<dialog
			ref={dialog}
			class={tall ? 'sheet tall' : 'sheet'}
			aria-labelledby={id}
			data-testid={testid}
			onCancel={(event) => {
				event.preventDefault();
				onClose();
			}}
			onClick={(event) => event.target === dialog.current && onClose()}
		>
			<div class="sheet-body">
				<div class="sheet-head">
					<h2 id={id} tabIndex={-1} autofocus>
						{title}
					</h2>
					<button type="button" class="round quiet" onClick={onClose} aria-label="Close" data-testid="sheet-close">
						<Close />
					</button>
				</div>
				{children}
			</div>
			<Notices depth={depth} />
		</dialog>,
		document.body,
	);
}
