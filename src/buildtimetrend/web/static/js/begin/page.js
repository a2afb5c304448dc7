// Adding a repository: its tasks tick themselves, often while something moves, more rarely while nothing does.

import { refresh, seen } from "../fragments.js";

const PAUSE = 2000; // ms between two looks
const LONGEST = 30_000;

watch();

async function watch() {
  let pause = PAUSE;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    await seen();
    pause = (await refresh()) ? PAUSE : Math.min(pause * 1.5, LONGEST);
  }
}
