/* What the host alone is told while a show is theirs to run: how a broadcast app does, and that the recording has stopped. */
import type { Room } from '../api/room';
import { socket } from '../api/socket';
import { problemText } from '../text/broadcast';
import { newsText } from '../text/news';
import { notify } from '../ui/notices';

/** @return stop. */
export function followOwnShow(room: Room): () => void {
	const stops = [
		socket.on('broadcast', ({ show: id, broadcast, problem }) => {
			const show = room.show.peek();
			if (id !== room.id || !show) return;
			room.setShow({ ...show, broadcast });
			if (problem) notify(problemText(problem.code, problem.text), 'bad');
		}),
		/* It also stays among the notices, which nobody opens while on air. */
		socket.on('news', ({ notice }) => {
			if (notice.code === 'disk_full' && notice.show === room.id) notify(newsText(notice), 'bad');
		}),
	];
	return () => stops.forEach((stop) => stop());
}
