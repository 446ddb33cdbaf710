"""What the queue promises to those who ask, seen from inside one process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from bluestamp.engine import queue
from tests.integration.engine import worker_process

T = TypeVar("T")
SOON = datetime(2031, 1, 1, tzinfo=UTC)
LATER = SOON + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _tasks() -> Iterator[None]:
    before = dict(queue.TASKS)
    worker_process.register()
    yield
    queue.TASKS.clear()
    queue.TASKS.update(before)


def rows(columns: str = "task_name, queueing_lock, scheduled_at") -> list[tuple[object, ...]]:
    """The queue's table, in order."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM procrastinate_jobs ORDER BY id")
        return list(cursor.fetchall())


def execute(statement: str, *values: object) -> None:
    """Run one statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.mark.django_db
def test_procrastinates_table_and_channels_are_as_the_statements_expect() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'procrastinate_jobs'::regclass AND attnum > 0 AND NOT attisdropped"
        )
        columns = {row[0] for row in cursor.fetchall()}
        cursor.execute(
            "SELECT indexdef FROM pg_indexes WHERE indexname IN"
            " ('procrastinate_jobs_queueing_lock_idx_v1', 'procrastinate_jobs_lock_idx_v1') ORDER BY indexname"
        )
        running, waiting = [row[0] for row in cursor.fetchall()]
        cursor.execute(
            "SELECT prosrc FROM pg_proc WHERE proname = 'procrastinate_notify_queue_job_inserted_v1'"
        )
        trigger = cursor.fetchone()[0]
    assert columns == {
        *("id", "queue_name", "task_name", "priority", "lock", "queueing_lock", "args", "status"),
        *("scheduled_at", "attempts", "abort_requested", "worker_id"),
    }
    assert "UNIQUE" in waiting and waiting.endswith(
        "(queueing_lock) WHERE (status = 'todo'::procrastinate_job_status)"
    )
    assert "UNIQUE" in running and running.endswith(
        "(lock) WHERE (status = 'doing'::procrastinate_job_status)"
    )
    for expected in (
        "procrastinate_any_queue_v1",
        "'procrastinate_queue_v1#' || NEW.queue_name",
        "job_inserted",
    ):
        assert expected in trigger


@pytest.mark.django_db
def test_a_nudge_goes_with_the_transaction_that_asked_for_it() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        queue.enqueue_once("test.fail", "k")
        raise ZeroDivisionError
    assert rows() == []


@pytest.mark.django_db
def test_asking_twice_leaves_one_waiting_at_the_earlier_time_and_harms_no_transaction() -> None:
    with transaction.atomic():
        queue.enqueue_once("test.fail", "k", at=LATER)
        queue.enqueue_once("test.fail", "k", at=SOON)
        queue.enqueue_once("test.fail", "k", at=LATER)
        queue.enqueue_once("test.fail", "other", at=LATER)
    assert rows() == [("test.fail", "k", SOON), ("test.fail", "other", LATER)]
    queue.enqueue_once("test.fail", "k")
    queue.enqueue_once("test.fail", "k", at=SOON)
    assert rows()[0] == ("test.fail", "k", None)


@pytest.mark.django_db
def test_asking_while_it_runs_makes_it_run_again() -> None:
    queue.enqueue_once("test.fail", "k")
    execute("UPDATE procrastinate_jobs SET status = 'doing'")
    queue.enqueue_once("test.fail", "k")
    queue.enqueue_once("test.fail", "k")
    assert rows("status") == [("doing",), ("todo",)]


@pytest.mark.django_db(transaction=True)
def test_many_askers_need_not_wait_for_the_row_of_one_that_is_due() -> None:
    queue.enqueue_once("test.fail", "k")
    with transaction.atomic():
        execute("SELECT FROM procrastinate_jobs FOR UPDATE")
        asker = threading.Thread(
            target=_in_its_own_session(lambda: queue.enqueue_unless_due("test.fail", "k"))
        )
        asker.start()
        asker.join(timeout=10)
        assert not asker.is_alive()
    assert rows() == [("test.fail", "k", None)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("before", ["nothing", "one that waits for its time", "one that runs"])
def test_unless_one_is_due_a_task_is_asked_for(before: str) -> None:
    if before != "nothing":
        queue.enqueue_once("test.fail", "k", at=LATER)
    if before == "one that runs":
        execute("UPDATE procrastinate_jobs SET status = 'doing'")
    queue.enqueue_unless_due("test.fail", "k")
    assert rows("status, scheduled_at")[-1] == ("todo", None)


def _in_its_own_session(do: Callable[[], None]) -> Callable[[], None]:
    def run() -> None:
        try:
            do()
        finally:
            connection.close()

    return run


@pytest.mark.django_db
def test_a_task_nobody_wrote_can_not_be_asked_for() -> None:
    with pytest.raises(queue.UnknownTask):
        queue.enqueue_once("test.misspelt", "k")


def test_two_tasks_can_not_have_one_name() -> None:
    with pytest.raises(ValueError, match="two tasks"):
        queue.task("test.fail")(lambda: None)


@pytest.mark.django_db
def test_a_task_that_is_worked_off_gets_the_arguments_it_was_asked_for_with(work_off: object) -> None:
    seen: list[dict[str, object]] = []
    queue.task("test.note")(lambda **arguments: seen.append(arguments))
    queue.enqueue_once("test.note", "k", studio_id=7, name="Ada")
    queue.enqueue_once("test.note", "later", at=LATER, studio_id=8)
    assert callable(work_off) and work_off() == 1
    assert seen == [{"studio_id": 7, "name": "Ada"}]


def test_the_wait_after_a_failure_doubles_up_to_a_quarter_of_an_hour() -> None:
    assert [queue.backoff_seconds(n) for n in (1, 2, 3, 9, 10, 4000)] == [2, 4, 8, 512, 900, 900]


def doing(key: str, *, heard_seconds_ago: int | None) -> int:
    """A task that runs at a worker last heard so long ago, or at one that is gone."""
    queue.enqueue_once("test.fail", key, n=key)
    worker = None
    with connection.cursor() as cursor:
        if heard_seconds_ago is not None:
            cursor.execute(
                "INSERT INTO procrastinate_workers (last_heartbeat)"
                " VALUES (now() - make_interval(secs => %s)) RETURNING id",
                [heard_seconds_ago],
            )
            worker = cursor.fetchone()[0]
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE queueing_lock = %s RETURNING id",
            [worker, key],
        )
        return int(cursor.fetchone()[0])


@pytest.mark.django_db
def test_tasks_of_dead_workers_come_back_and_those_of_living_ones_stay() -> None:
    doing("gone", heard_seconds_ago=None)
    doing("silent", heard_seconds_ago=60)
    doing("alive", heard_seconds_ago=3)
    assert queue.recover(silent_seconds=20) == 2
    assert sorted(rows("queueing_lock, status, args->>'n'")) == [
        ("alive", "doing", "alive"),
        ("gone", "todo", "gone"),
        ("silent", "todo", "silent"),
    ]


@pytest.mark.django_db
def test_a_lost_task_whose_twin_waits_is_dropped() -> None:
    doing("k", heard_seconds_ago=60)
    queue.enqueue_once("test.fail", "k", n="twin")
    assert queue.recover(silent_seconds=20) == 0
    assert rows("status, args->>'n'") == [("todo", "twin")]


@pytest.mark.django_db
def test_a_worker_that_was_only_paused_can_not_end_the_run_that_replaced_its_own() -> None:
    old = doing("k", heard_seconds_ago=60)
    queue.recover(silent_seconds=20)
    with pytest.raises(DatabaseError, match="not found"), transaction.atomic():
        execute("SELECT procrastinate_finish_job_v1(%s, 'succeeded', true)", old)
    assert rows("status") == [("todo",)]


@pytest.mark.django_db
def test_a_task_whose_failure_could_not_be_noted_comes_back_after_a_minute() -> None:
    queue.enqueue_once("test.fail", "k")
    execute("UPDATE procrastinate_jobs SET status = 'failed'")
    assert queue.recover(silent_seconds=20) == 1
    assert rows("status, scheduled_at > now() + interval '50 seconds'") == [("todo", True)]


@pytest.mark.django_db(transaction=True)
def test_any_number_of_workers_may_recover_at_once() -> None:
    for number in range(30):
        doing(f"k{number}", heard_seconds_ago=60)
    assert sum(at_once(4, lambda: queue.recover(silent_seconds=20))) == 30
    assert {row[0] for row in rows("status")} == {"todo"}
    assert len(rows()) == 30


@pytest.mark.django_db(transaction=True)
def test_the_clock_asks_once_a_span_however_many_workers_there_are() -> None:
    queue.every(seconds=86400)("test.daily")(lambda: None)
    begun = [name for names in at_once(6, queue.tick) for name in names]
    assert begun.count("test.daily") == 1
    assert rows("task_name").count(("test.daily",)) == 1
    execute("UPDATE engine_tick SET tick = tick + 1")
    assert "test.daily" not in queue.tick(), "a clock behind the others must not ask again"
    execute("UPDATE engine_tick SET tick = tick - 2")
    assert "test.daily" in queue.tick()
    assert rows("task_name").count(("test.daily",)) == 1, "its predecessor still waits"


@pytest.mark.django_db(transaction=True)
def test_a_session_lock_is_for_one_session_and_ends_with_the_block() -> None:
    with queue.session_lock("grant:1") as mine:
        assert mine
        with queue.session_lock("grant:1") as again:
            assert again
        assert at_once(1, lambda: tried("grant:1")) == [False]
        assert at_once(1, lambda: tried("grant:2")) == [True]
    assert at_once(1, lambda: tried("grant:1")) == [True]


@pytest.mark.django_db(transaction=True)
def test_a_session_lock_can_be_waited_for() -> None:
    held, answers = threading.Event(), []

    def wait() -> bool:
        held.wait()
        return tried("k", wait_seconds=5)

    thread = threading.Thread(target=lambda: answers.extend(at_once(1, wait)))
    thread.start()
    with queue.session_lock("k"):
        held.set()
        time.sleep(0.2)
    thread.join()
    assert answers == [True]


@pytest.mark.django_db(transaction=True)
def test_a_session_lock_ends_even_with_a_transaction_that_failed() -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), queue.session_lock("k"):
        execute("SELECT 'x'::int")
    assert at_once(1, lambda: tried("k")) == [True]


@pytest.mark.django_db(transaction=True)
def test_two_askers_at_once_leave_one_waiting() -> None:
    failures: list[IntegrityError] = []

    def ask() -> None:
        try:
            for _ in range(20):
                with transaction.atomic():
                    queue.enqueue_once("test.fail", "k")
        except IntegrityError as error:
            failures.append(error)

    at_once(4, ask)
    assert not failures
    assert rows("queueing_lock") == [("k",)]


def tried(key: str, *, wait_seconds: float = 0) -> bool:
    """Whether this session gets the lock."""
    with queue.session_lock(key, wait_seconds=wait_seconds) as got:
        return got


def at_once(threads: int, act: Callable[[], T]) -> list[T]:
    """Do it in so many threads, each with a database session of its own; their answers."""

    def one(_: int) -> T:
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, range(threads)))
