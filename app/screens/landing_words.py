"""What was found out of a write whose answer was lost, in words."""

from app.controller.landing import CannotTell, Landed, Verdict


def verdict_words(verdict: Verdict) -> tuple[str, str]:
    """What was found out, in a word or two, and the evidence. Not yet sanitised."""
    match verdict:
        case Landed():
            return "it was done", verdict.evidence
        case CannotTell():
            near = ", ".join(record.title for record in verdict.near)
            more = f" It may be: {near}." if near else ""
            return "cannot tell", verdict.evidence + more
        case _:
            return "it was not done", f"{verdict.evidence} It can be sent again."
