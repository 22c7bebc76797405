import { runAsWorker } from 'synckit';

runAsWorker(async (url) => (await fetch(url)).text());
