/* Money and times in the reader's own habits. */
const digits = new Map<string, number>();

function fractionDigits(currency: string): number {
	let n = digits.get(currency);
	if (n === undefined) {
		n = new Intl.NumberFormat(undefined, { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
		digits.set(currency, n);
	}
	return n;
}

/** `minor` units, e.g. cents, as an amount: "€45.00", and "€45" when there are no cents. */
export function money(minor: number, currency: string): string {
	const places = fractionDigits(currency);
	const value = minor / 10 ** places;
	const whole = Number.isInteger(value);
	return new Intl.NumberFormat(undefined, {
		style: 'currency',
		currency,
		minimumFractionDigits: whole ? 0 : places,
		maximumFractionDigits: places,
	}).format(value);
}

/** What a person typed ("45", "45.5", "45,50") in minor units; null when it is no amount. */
export function parseMoney(text: string, currency: string): number | null {
	const places = fractionDigits(currency);
	const match = /^\s*(\d{1,9})(?:[.,](\d{1,3}))?\s*$/.exec(text);
	if (!match || (match[2] ?? '').length > places) return null;
	return Number(match[1]) * 10 ** places + Number((match[2] ?? '').padEnd(places, '0') || 0);
}

/** The same the other way, for an input: "45.00". */
export const moneyInput = (minor: number, currency: string): string => {
	const places = fractionDigits(currency);
	return (minor / 10 ** places).toFixed(places);
};

/** Time left as 4:05; never below 0:00. */
export function countdown(ms: number): string {
	const s = Math.max(0, Math.ceil(ms / 1000));
	const h = Math.floor(s / 3600);
	const m = Math.floor((s % 3600) / 60);
	const tail = `${h ? String(m).padStart(2, '0') : m}:${String(s % 60).padStart(2, '0')}`;
	return h ? `${h}:${tail}` : tail;
}

/** A moment in a recording as 4:05. */
export const moment = (ms: number): string => countdown(Math.floor(ms / 1000) * 1000);

/** How long something just told is held: to the second, whatever the way here took. */
export const heldFor = (ms: number): string => countdown(Math.round(ms / 1000) * 1000);

export const clockTime = (ms: number): string => new Intl.DateTimeFormat(undefined, { timeStyle: 'short' }).format(ms);

export const dateTime = (ms: number): string =>
	new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' }).format(ms);

/** "Today, 20:00", "Tomorrow, 20:00", "Sat 12 Dec, 20:00". */
export function when(ms: number, nowMs: number): string {
	const days = Math.round((startOfDay(ms) - startOfDay(nowMs)) / 86_400_000);
	const day =
		days >= -1 && days <= 1
			? capital(new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' }).format(days, 'day'))
			: new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', month: 'short' }).format(ms);
	return `${day}, ${clockTime(ms)}`;
}

function startOfDay(ms: number): number {
	const day = new Date(ms);
	return day.setHours(0, 0, 0, 0);
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** A name that may be long, for a short message. */
export const brief = (text: string): string => (text.length > 42 ? `${text.slice(0, 40).trimEnd()}…` : text);

/** 950, 1.2K, 34K */
export const compact = (n: number): string =>
	new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 }).format(n);

const ordinals = new Intl.PluralRules('en', { type: 'ordinal' });
const endings: Record<string, string> = { one: 'st', two: 'nd', few: 'rd' };

/** 1st, 2nd, 3rd, 4th */
export const ordinal = (n: number): string => `${n}${endings[ordinals.select(n)] ?? 'th'}`;

export const plural = (n: number, one: string, many: string): string => `${compact(n)} ${n === 1 ? one : many}`;
