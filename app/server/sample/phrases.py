"""What people write in a CRM: titles, deals, tasks, notes, meetings."""

from random import Random
from typing import Final

TITLES: Final = (
    ("Chief Executive Officer", "Management"), ("Managing Director", "Management"),
    ("Chief Operating Officer", "Management"), ("Chief Technology Officer", "Engineering"),
    ("VP Engineering", "Engineering"), ("Head of Platform", "Engineering"), ("Software Engineer", "Engineering"),
    ("Senior Software Engineer", "Engineering"), ("Site Reliability Engineer", "Engineering"),
    ("Data Analyst", "Data"), ("Data Protection Officer", "Legal"), ("General Counsel", "Legal"),
    ("Paralegal", "Legal"), ("Account Executive", "Sales"), ("Sales Manager", "Sales"), ("VP Sales", "Sales"),
    ("Sales Development Representative", "Sales"), ("Head of Revenue Operations", "Sales"),
    ("Marketing Manager", "Marketing"), ("Content Strategist", "Marketing"), ("Chief Marketing Officer", "Marketing"),
    ("Product Manager", "Product"), ("Group Product Manager", "Product"), ("UX Researcher", "Product"),
    ("Chief Financial Officer", "Finance"), ("Controller", "Finance"), ("Accounts Payable Clerk", "Finance"),
    ("Procurement Lead", "Procurement"), ("Category Buyer, Indirect Spend", "Procurement"), ("IT Manager", "IT"),
    ("Systems Administrator", "IT"), ("CISO", "IT"), ("Plant Manager", "Operations"),
    ("Logistics Coordinator", "Operations"), ("Shift Supervisor", "Operations"), ("Facilities Manager", "Operations"),
    ("HR Business Partner", "People"), ("Recruiter", "People"), ("Customer Success Manager", "Support"),
    ("Support Engineer", "Support"), ("Office Manager", "Administration"),
    ("Executive Assistant to the Chairwoman of the Supervisory Board", "Administration"), ("Founder", "Management"),
    ("Geschäftsführerin", "Management"), ("Directeur général adjoint", "Management"), ("取締役", "Management"),
)  # fmt: skip
"""Job titles with their departments."""

ROLES: Final = (
    "Decision maker",
    "Champion",
    "Technical buyer",
    "Economic buyer",
    "End user",
    "Blocker",
    "Billing contact",
    "Consultant",
)
"""What a contact is for an account."""

PRODUCTS: Final = (
    "Analytics Suite", "Field Service", "Fleet Tracker", "Invoice Hub", "Warehouse Pilot", "Learning Portal",
    "Secure Mail", "Quality Desk", "Energy Monitor", "Visitor Badge", "Support Plus", "Data Vault",
    "Maintenance Planner", "Payroll Connect",
)  # fmt: skip

DEAL_KINDS: Final = (
    "new business", "renewal", "expansion", "pilot", "migration", "multi-year", "seats add-on", "proof of concept",
    "replacement",
)  # fmt: skip

NEXT_STEPS: Final = (
    "Send the revised proposal with volume prices.", "Wait for the security questionnaire, then call legal.",
    "Demo for the plant managers; bring the offline build.",
    "Procurement wants three references in the same industry.", "Ask who signs above 50,000.",
    "Agree on the start date and the list of first users.", "Chase the purchase order number.",
    "Get the data protection agreement countersigned by both sides before the board meets, or the price lapses.",
    "Follow up after the trade fair.", "Check whether the budget moved to next year.",
)  # fmt: skip

LOSSES: Final = ("no budget", "chose a competitor", "no decision", "champion left")

TASK_TITLES: Final = (
    "Call back about the invoice", "Send the contract", "Prepare the quarterly review", "Update the forecast",
    "Confirm attendance", "Book a room for the workshop", "Answer the security questionnaire", "Ask for a reference",
    "Check the delivery address", "Connect on the network", "Follow up on the trial", "Schedule onboarding",
    "Clean up duplicate records", "Send meeting minutes", "Collect signatures (2 of 3 missing)",
    "Escalate: export fails for >10,000 rows", "Clarify VAT id", "Renew the certificate",
    "Thank them for the introduction", "Review [draft] terms & conditions",
)  # fmt: skip

SENTENCES: Final = (
    "Spoke for twenty minutes; they are happy with the pilot and want to see prices for the whole company.",
    "The current tool is contractually bound until spring.",
    "Two teams use spreadsheets side by side &amp; nobody trusts the totals.",
    "Main worry: how long the migration takes and who pays for it.",
    "They compared us with two others; our strong point was the export.",
    "Budget is approved, the signature is only a matter of scheduling.",
    "<b>Important:</b> never call before ten, they start late.",
    "The works council has to agree first; the next session is in three weeks.",
    "IT asked for single sign-on, audit log and a data centre in the region.",
    "Left a voicemail and wrote an e-mail with the same content.",
    "The new controller questions every recurring cost, so bring a one-page calculation.",
    "Training should happen on site, in two groups, each half a day.",
    "They showed us the line: 14 machines, 6 of them without any network.",
    "Es wurde vereinbart, das Angebot bis Freitag nachzureichen.",
    "La réunion s'est bien passée ; ils attendent notre proposition écrite.",
    "先方は来期の予算で検討したいとのこと。",
    "يريدون عرضًا جديدًا بنهاية الشهر.",
    "Договорились созвониться после праздников.",
    "A list of open points: <ul><li>roles and rights</li><li>number of seats</li><li>notice period</li></ul>",
    "The champion is moving to another department; we need a second contact.",
    "Support was praised explicitly, response times less so.",
    "They asked whether &lt;custom fields&gt; count against the limit.",
    "Next call with the whole project team; send the agenda two days ahead.",
    "Price is fine, the payment terms are not: they need 60 days.",
)  # fmt: skip
"""HTML."""

NOTE_TITLES: Final = (
    "Call notes", "Site visit", "Discovery", "Pricing talk", "Minutes", "Handover", "Complaint", "Reference call",
    "Internal only", "Contract details", "Onboarding plan", "QBR preparation",
)  # fmt: skip

MEETING_TITLES: Final = (
    "Introduction", "Product demo", "Technical deep dive", "Contract negotiation", "Quarterly business review",
    "Kick-off", "Weekly sync", "Security review", "Executive lunch", "Workshop", "Renewal talk", "Retrospective",
)  # fmt: skip

MEETING_PLACES: Final = (
    "Video call", "https://meet.example/room-7", "Their office", "Our office, room Ada", "Phone", "Café am Markt",
    "Hall 4, booth C12",
)  # fmt: skip

SUBJECTS: Final = (
    "Price list", "Your question about the export", "Proposal", "Re: Re: Fwd: Contract", "Invitation", "Thank you!",
    "Quick question", "Next steps", "Documents for the signature", "Out of office", "Welcome aboard",
    "Feedback on the trial",
)  # fmt: skip

DESCRIPTIONS: Final = (
    "Family business in the third generation, two plants.", "Grew fast last year; hires in every department.",
    "Public company, long decisions, reliable payer.", "Start-up with seed money; wants monthly terms.",
    "Former customer, left after a price rise, open to come back.", "Cooperative of regional suppliers.",
    "Distributor for our whole product range in the south.", "Subsidiary; contracts are signed at the head office.",
    "Met at the trade fair.\nInterested in the warehouse product.\nWants German documentation.",
)  # fmt: skip

DEVICE_NOTES: Final = (
    "Replaced under warranty.", "Runs hot in summer; fan cleaned.",
    "Firmware pinned, do not update before the audit.", "Spare unit, in the cabinet next to the gate.",
    "Label unreadable, serial taken from the case.",
    "Customer keeps the admin password himself.\nAsk for Mr O'Brien at the gate.",
)  # fmt: skip

ESCAPES: Final = (
    "<p>Pasted from a terminal: \x1b[31mred\x1b[0m, \x1b]0;a new window title\x07, and a bell \x07.</p>"
    "<p>Then a line that wants to be another one:\rOVERWRITTEN</p>"
)
"""Control sequences as they come with copied text; a program that shows them as they are has a hole."""


def html_note(random: Random, sentences: int) -> str:
    """So many sentences, in paragraphs."""
    chance, choices = random.random, len(SENTENCES)
    start = int(chance() * choices)
    parts = [SENTENCES[(start + number * 7) % choices] for number in range(sentences)]
    return "".join(f"<p>{' '.join(parts[at : at + 4])}</p>" for at in range(0, sentences, 4))
