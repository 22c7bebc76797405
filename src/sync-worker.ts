/** What synckit starts its worker with. With the index, whose definitions it performs. */
import './index.ts';
import './main/sync-worker.ts';
