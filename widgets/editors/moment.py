"""Dates, times of day and moments, also in words such as `tomorrow`."""

from datetime import datetime

from app.domain.date_words import days_of, is_date_word, period_of
from app.domain.values import plain_timestamp
from widgets.editors.text import TextEditor


class DateEditor(TextEditor):
    """A line for a day; a word is sent as the day it means now."""

    def resolved(self, text: str) -> str:
        """The day that a word means; a month or a year is no day."""
        word = text.strip()
        if not is_date_word(word):
            return word
        days = days_of(word, self.opening.calendar)
        return days.first.isoformat() if days.first == days.last else word

    def meaning(self, text: str) -> str:
        """The day, with its weekday."""
        day = self.resolved(text)
        return f"= {day}" if day != text else ""


class TimeEditor(TextEditor):
    """A line for a time of day."""


class TimestampEditor(TextEditor):
    """A line for a moment; a word, or a time without a zone, is sent as the moment it means here and now."""

    def resolved(self, text: str) -> str:
        """The moment in UTC; of a day its beginning."""
        word, calendar = text.strip(), self.opening.calendar
        if is_date_word(word):
            days = days_of(word, calendar)
            period = period_of(word, calendar)
            is_one = period.is_moment or days.first == days.last
            return plain_text(period.start) if is_one else word
        try:
            moment = datetime.fromisoformat(word)
        except ValueError:
            return word
        if moment.tzinfo is not None:
            return word
        return plain_text(moment.replace(tzinfo=calendar.zone))

    def meaning(self, text: str) -> str:
        """The moment as it is sent, and the same on the clock here."""
        sent = self.resolved(text)
        try:
            moment = datetime.fromisoformat(sent)
        except ValueError:
            return ""
        here = moment.astimezone(self.opening.calendar.zone)
        return f"= {sent} ({here:%a %d %b %H:%M} here)"


def plain_text(moment: datetime) -> str:
    """A moment to the second, as it is sent."""
    return str(plain_timestamp(moment.replace(microsecond=0)))
