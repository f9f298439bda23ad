"""The depth of a path is learned where no page tells it."""

from pathlib import Path

import pytest

from app.domain.errors import Rejected
from app.domain.guilty_clause import guilty_clause
from app.domain.query import Filter, Query
from app.domain.query_lint import lint_query
from app.server.sample.workspace import write_sample
from app.wiring import Target, connect


async def test_the_first_refusal_teaches_how_deep_a_path_may_be(tmp_path: Path) -> None:
    """It leads to its clause; from then on the lint refuses what is as deep, by the number of that request."""
    write_sample(tmp_path / "crm.db", 3)
    session = await connect(Target(workspace=tmp_path / "crm.db"))
    backend = session.backend
    deep = Filter("accounts.contacts.accounts.display_name", "exists")
    query = Query("contact", (Filter("accounts.contacts.title", "exists"), deep))
    contact, account = await backend.schema("contact"), await backend.schema("account")
    schemas = {"contact": contact, "account": account}
    assert lint_query(query, schemas, backend.resources) == ()
    with pytest.raises(Rejected) as caught:
        await backend.query(query)
    assert guilty_clause(query, caught.value) == (1,)
    (fault,) = lint_query(query, schemas, backend.resources)
    assert (fault.path, fault.fault.code) == ((1,), "filter_depth_exceeded")
    assert f"(by request {caught.value.number})" in fault.fault.message
    await backend.query(Query("contact", query.filters[:1]))
    assert backend.resources.learned.limits.path is not None
    await backend.close()
