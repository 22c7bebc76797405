/** For tests of src itself, which nobody else sets up: to be imported before what needs it. */
import { setUp } from '../src/setup.ts';

setUp();
