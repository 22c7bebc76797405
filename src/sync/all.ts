/**
 * Loads every kind of primitive, so that any of them can arrive in a heap whose own code imports none.
 */
import './async-result.ts';
import './barrier.ts';
import './channel.ts';
import './condition.ts';
import './event.ts';
import './group.ts';
import './lock.ts';
import './queue.ts';
import './rw-lock.ts';
import './semaphore.ts';
