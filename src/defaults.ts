/**
 * All default values of the library, each with a comment that says the same as the docs. A test compares the docs with
 * these constants. Limits that containerd, gRPC or the system set are in the files that use them.
 */

// A client and its connection

/** Where containerd listens unless it is configured otherwise. */
export const DEFAULT_ADDRESS = "/run/containerd/containerd.sock";

/** The same on Windows. */
export const DEFAULT_WINDOWS_ADDRESS = "\\\\.\\pipe\\containerd-containerd";

/** The deadline of a call, all attempts and all waiting included: 10 s. */
export const TIMEOUT_MS = 10_000;

/** The deadline of a `list`, and of a `delete` with `sync`, for which the server works longer: 60 s. */
export const LONG_TIMEOUT_MS = 60_000;

/** How long `close` lets calls in flight finish. */
export const CLOSE_GRACE_MS = 5_000;

/** How many requests of a client may be in flight at a time; watches leave as many streams of a connection free. */
export const MAX_CONCURRENCY = 64;

/** How many of them may be lists: the memory that a List takes in the daemon grows with its response. */
export const MAX_CONCURRENT_LISTS = 4;

/** How long a call waits for a daemon that this client has never reached: its address is probably wrong. */
export const FIRST_CONTACT_WAIT_MS = 1_000;

/**
 * How long a call waits for a socket that it may not open: containerd sets the group of its socket after it listens.
 */
export const DENIED_WAIT_MS = 1_000;

/**
 * How long a connection without calls and streams stays open. It is long, so that a program with occasional calls does
 * not wait for a new connection, which takes a millisecond. It is limited, so that connections of clients that were not
 * closed do not accumulate.
 */
export const IDLE_TIMEOUT_MS = 300_000;

// Retries

/** How many requests of one call may reach the server. */
export const MAX_ATTEMPTS = 5;

/** The upper bound of the first back-off; the bound doubles with every retry. */
export const BASE_DELAY_MS = 25;

/** The upper bound of every back-off. */
export const MAX_DELAY_MS = 1_000;

/** The tokens of the retry throttle; an `unavailable` that the server reports takes one (gRFC A6). */
export const THROTTLE_TOKENS = 10;

/** The part of a token that a success returns. */
export const THROTTLE_TOKENS_PER_SUCCESS = 0.1;

/**
 * After the deadline of a `delete` with `sync` has passed: how much longer it may take to read whether the record is
 * deleted.
 */
export const FINAL_READ_TIMEOUT_MS = 200;

// Operations of several calls

/** How many deletes of a `deleteMany` may be in flight. More gain little: the daemon makes one change after another. */
export const DELETE_MANY_CONCURRENCY = 8;

/**
 * How often an `upsert` creates and then updates. Each further round means that other clients created the name and
 * deleted it between two requests of this one.
 */
export const UPSERT_ROUNDS = 16;

/** How long `waitFor` waits before its second read; the delay doubles with every read. */
export const WAIT_FOR_FIRST_DELAY_MS = 50;

/** The longest delay between two reads of `waitFor`: one small read a second costs the daemon nothing. */
export const WAIT_FOR_MAX_DELAY_MS = 1_000;

/** The deadline of each question of `diagnose`. */
export const DIAGNOSE_TIMEOUT_MS = 2_000;

/** How long `diagnose` waits for another daemon of this machine to say its version. */
export const OTHER_DAEMON_TIMEOUT_MS = 1_000;

// Watches

/** How often a watch lists all records again, in case an event was lost. */
export const RESYNC_INTERVAL_MS = 300_000;

/** The same below containerd 2.0, where the Transfer service (of 1.7) publishes no events; CRI does. */
export const RESYNC_INTERVAL_BELOW_2_0_MS = 30_000;

/** How often a watch lists all records while the server sends no events. */
export const POLL_INTERVAL_MS = 2_000;

/** After how long without an event a watch asks the server for its version: the connection may be dead. */
export const KEEPALIVE_TIME_MS = 30_000;

/** How long a watch waits for that version before it subscribes again. */
export const KEEPALIVE_TIMEOUT_MS = 5_000;

/** How many connections of their own watches may open, where a shared one would leave calls too few streams. */
export const MAX_WATCH_CONNECTIONS = 16;
