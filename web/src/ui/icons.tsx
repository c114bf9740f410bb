/* Icons as inline SVG, 24 by 24, drawn with the text's colour. They are decoration: the control around one
 * carries the words (aria-label or visible text). */
import type { ComponentChildren, JSX } from 'preact';

const icon =
	(children: ComponentChildren, filled = false) =>
	(props: { size?: number }): JSX.Element => (
		<svg
			class="icon"
			width={props.size ?? 24}
			height={props.size ?? 24}
			viewBox="0 0 24 24"
			fill={filled ? 'currentColor' : 'none'}
			stroke={filled ? 'none' : 'currentColor'}
			stroke-width="2"
			stroke-linecap="round"
			stroke-linejoin="round"
			aria-hidden="true"
			focusable="false"
		>
			{children}
		</svg>
	);

export const Back = icon(<path d="m15 5-7 7 7 7" />);
export const Close = icon(<path d="M6 6l12 12M18 6 6 18" />);
export const Send = icon(<path d="M5 12 4 4l17 8-17 8 1-8zm0 0h8" />);
export const Heart = icon(
	<path d="M12 20.7C5.4 16.2 2.5 12.6 2.5 8.9A5.2 5.2 0 0 1 12 6a5.2 5.2 0 0 1 9.5 2.9c0 3.7-2.9 7.3-9.5 11.8z" />,
	true,
);
export const Bag = icon(<path d="M5 8h14l1 12H4L5 8zm3.5 0V7a3.5 3.5 0 0 1 7 0v1" />);
export const SoundOff = icon(<path d="M4 9v6h4l5 4V5L8 9H4zm13 1 4 4m0-4-4 4" />);
export const SoundOn = icon(<path d="M4 9v6h4l5 4V5L8 9H4zm12.5 0a4 4 0 0 1 0 6m2.5-8.5a8 8 0 0 1 0 11" />);
export const Eye = icon(
	<>
		<path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z" />
		<circle cx="12" cy="12" r="2.8" />
	</>,
);
export const Behind = icon(<path d="M4.5 6v5h5M5 11a7.5 7.5 0 1 1-.4 3.5M12 8v4.5l3 2" />);
export const Save = icon(<path d="M12 4v11m-4-4 4 4 4-4M5 20h14" />);
export const Share = icon(<path d="M12 15V3.5m-4 3.5 4-3.5L16 7M6 11v9h12v-9" />);
export const Trash = icon(<path d="M4.5 7h15M10 7V4h4v3M6.5 7l1 13h9l1-13M10 11v5m4-5v5" />);
export const MuteUser = icon(<path d="M4 5h16v11h-6l-5 4v-4H4V5zm6 3 4 5m0-5-4 5" />);
export const Ban = icon(
	<>
		<circle cx="12" cy="12" r="8.5" />
		<path d="m6 6 12 12" />
	</>,
);
export const Flag = icon(<path d="M6 21V4h12l-2.5 4L18 12H6" />);
export const Mic = icon(<path d="M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3zm-6.5 8a6.5 6.5 0 0 0 13 0M12 17.5V21" />);
export const MicOff = icon(<path d="M9 9v2a3 3 0 0 0 5 2.2M15 10V6a3 3 0 0 0-5.8-1M5.5 11a6.5 6.5 0 0 0 10.5 5M18.5 11a6 6 0 0 1-.6 2.6M12 17.5V21M4 4l16 16" />);
export const Flip = icon(<path d="M4 8h3l1.5-2.5h7L17 8h3v11H4V8zm5 6.5A3 3 0 0 1 14.5 12m.5 1.5A3 3 0 0 1 9.5 16m5-5.5V12H13m-3.5 4.5V15H11" />);
export const Camera = icon(
	<>
		<path d="M4 8h3l1.5-2.5h7L17 8h3v11H4V8z" />
		<circle cx="12" cy="13" r="3.3" />
	</>,
);
export const Plus = icon(<path d="M12 5v14M5 12h14" />);
export const Up = icon(<path d="m6 14 6-6 6 6" />);
export const Down = icon(<path d="m6 10 6 6 6-6" />);
export const Play = icon(<path d="M7 4.5v15l13-7.5z" />, true);
export const Check = icon(<path d="m5 12.5 5 5 9-11" />);
export const Copy = icon(<path d="M8 8h12v12H8V8zm-4 8V4h12" />);
export const List = icon(<path d="M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01" />);
export const Stop = icon(<rect x="6" y="6" width="12" height="12" rx="2" />, true);
export const Star = icon(<path d="m12 4 2.4 5.2 5.6.7-4.1 3.9 1.1 5.7L12 16.7 7 19.5l1.1-5.7L4 9.9l5.6-.7z" />);
export const User = icon(
	<>
		<circle cx="12" cy="8" r="4" />
		<path d="M4.5 20.5c.8-3.8 3.8-6 7.5-6s6.7 2.2 7.5 6" />
	</>,
);
export const Signal = icon(<path d="M5 19v-4m4.7 4v-8m4.6 8V7M19 19V3.5" />);
export const Photo = icon(
	<>
		<path d="M4 5h16v14H4V5zm0 11 4.5-4.5 4 4 3-3L20 17" />
		<circle cx="15" cy="9" r="1.3" />
	</>,
);
export const Settings = icon(<path d="M4 7h9m5 0h2M4 17h2m5 0h9M15.5 4.5v5M8.5 14.5v5" />);
export const Grip = icon(<path d="M5 9h14M5 15h14" />);
export const Bolt = icon(<path d="M13 3 5 13.5h6L10 21l8-10.5h-6L13 3z" />);
export const Bell = icon(<path d="M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 2h-15l1.5-2zM10 21h4" />);
export const Shop = icon(<path d="M5 4h14l1.5 6a3 3 0 0 1-5.7.5 3 3 0 0 1-5.6 0A3 3 0 0 1 3.5 10L5 4zm0 9v7h14v-7" />);
export const Search = icon(
	<>
		<circle cx="11" cy="11" r="6.5" />
		<path d="m16 16 4.5 4.5" />
	</>,
);
export const CameraPlus = icon(
	<>
		<path d="M20 13v6H4V8h3l1.5-2.5H13M17 6h6m-3-3v6" />
		<circle cx="12" cy="13" r="3" />
	</>,
);
