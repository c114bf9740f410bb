/* Who did what, newest first; older entries on request. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { get } from '../api/http';
import type { AuditEntry, Show } from '../api/types';
import { useAction } from '../ui/action';
import { Alert } from '../ui/alert';
import { dateTime } from '../ui/format';
import { auditText, showOf } from './audit-text';

const PAGE = 100; /* a shorter one is the last */

export function AuditLog(): JSX.Element {
	const [entries, setEntries] = useState<AuditEntry[] | null>(null);
	const [more, setMore] = useState(false);
	const titles = useTitles(entries ?? []);
	const action = useAction();
	const load = (before?: string): Promise<void> =>
		action.run(async () => {
			const page = await get<{ entries: AuditEntry[] }>(`/api/v1/admin/audit${before ? `?before=${encodeURIComponent(before)}` : ''}`);
			setEntries([...(before ? (entries ?? []) : []), ...page.entries]);
			setMore(page.entries.length >= PAGE);
		});
	useEffect(() => void load(), []);
	const last = entries?.[entries.length - 1];
	return (
		<>
			<h1>Audit log</h1>
			<Alert text={action.error} />
			{entries?.length === 0 && <p class="empty">Nothing has happened yet.</p>}
			<ul class="rows audit" data-testid="audit">
				{entries?.map((entry) => (
					<Entry key={entry.id} entry={entry} title={titles.get(showOf(entry) ?? '')} />
				))}
			</ul>
			{last && more && (
				<button type="button" disabled={action.busy} onClick={() => void load(last.id)}>
					Older entries
				</button>
			)}
		</>
	);
}

function Entry({ entry, title }: { entry: AuditEntry; title: string | undefined }): JSX.Element {
	const { what, more } = auditText(entry);
	const show = showOf(entry);
	return (
		<li class="row" data-testid="audit-entry" data-verb={entry.verb}>
			<span class="row-text">
				<b>
					{entry.actor?.username || 'The server'} {what}
				</b>
				{more && <span>{more}</span>}
				{show && title ? (
					<span>
						in <a href={`/admin#show/${show}`}>{title}</a>
					</span>
				) : (
					<code>{entry.object}</code>
				)}
			</span>
			<time dateTime={new Date(entry.at_ms).toISOString()}>{dateTime(entry.at_ms)}</time>
		</li>
	);
}

/** What the shows of these entries are called, each asked for once. */
function useTitles(entries: AuditEntry[]): Map<string, string> {
	const [titles, setTitles] = useState<Map<string, string>>(new Map());
	const wanted = [...new Set(entries.map(showOf).filter((id): id is string => !!id))].filter((id) => !titles.has(id));
	useEffect(() => {
		if (!wanted.length) return;
		const ask = async (id: string): Promise<[string, string]> => {
			/* Without a title the id stands there. */
			const answer = await get<{ show: Show }>(`/api/v1/shows/${id}`).catch(() => null);
			return [id, answer?.show.title ?? ''];
		};
		void Promise.all(wanted.map(ask)).then((pairs) => setTitles((known) => new Map([...known, ...pairs])));
	}, [wanted.join()]);
	return titles;
}
