/* The sizes and colours that a listing comes in, each with its own stock. */
import type { JSX } from 'preact';
import { Close, Plus } from '../ui/icons';
import { newPart, type Part } from './listing-draft';

const sizes = ['XS', 'S', 'M', 'L', 'XL'];

type Props = { parts: Part[]; onParts: (parts: Part[]) => void; error: string };

export function Variants({ parts, onParts, error }: Props): JSX.Element {
	const free = sizes.filter((size) => !parts.some((part) => part.size.trim().toUpperCase() === size && !part.colour.trim()));
	const set = (key: number, change: Partial<Part>): void => onParts(parts.map((part) => (part.key === key ? { ...part, ...change } : part)));
	return (
		<fieldset class="variants" data-testid="variants">
			<legend>Sizes and colours (optional)</legend>
			{parts.length > 0 && (
				<div class="variant-head" aria-hidden="true">
					<span>Size</span>
					<span>Colour</span>
					<span>In stock</span>
				</div>
			)}
			{parts.map((part, i) => (
				<div key={part.key} class="variant-row" data-testid="variant-row">
					<input aria-label={`Size of number ${i + 1}`} value={part.size} maxLength={31} onInput={(event) => set(part.key, { size: event.currentTarget.value })} data-testid="variant-size" />
					<input aria-label={`Colour of number ${i + 1}`} value={part.colour} maxLength={31} onInput={(event) => set(part.key, { colour: event.currentTarget.value })} data-testid="variant-colour" />
					<input
						aria-label={`Stock of number ${i + 1}`}
						type="number"
						min={0}
						max={100000}
						step={1}
						inputMode="numeric"
						required
						value={part.stock}
						onInput={(event) => set(part.key, { stock: event.currentTarget.value })}
						data-testid="variant-stock"
					/>
					<button
						type="button"
						class="round quiet"
						aria-label={`Remove ${part.size || part.colour || `number ${i + 1}`}`}
						onClick={() => onParts(parts.filter(({ key }) => key !== part.key))}
						data-testid="variant-remove"
					>
						<Close size={20} />
					</button>
				</div>
			))}
			{error && (
				<p class="error" role="alert" tabIndex={-1} data-wrong>
					{error}
				</p>
			)}
			<div class="choices chips">
				{free.map((size) => (
					<button key={size} type="button" class="small" aria-label={`Add size ${size}`} onClick={() => onParts([...parts, newPart(size)])} data-testid={`variant-add-${size}`}>
						<Plus size={16} /> {size}
					</button>
				))}
				<button type="button" class="small" onClick={() => onParts([...parts, newPart()])} data-testid="variant-add">
					<Plus size={16} /> Other
				</button>
			</div>
		</fieldset>
	);
}
