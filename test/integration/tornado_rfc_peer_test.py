"""The suite's requests to our app, and to the same app in Debian's python3-tornado, which is 6.2: answers compared field by field.

Where they differ, DIFFERENT says what Tornado does and why we do something else. Not counted as differences: that we add Date,
Content-Length, Connection and a text to a bare refusal, `Connection: close` to the last answer to HTTP/1.0, and Allow to 405.

Left out, and compared with 6.5.7 by its documentation only:
- Chunks (9112-7): some that are malformed send 6.2 into an endless loop, and it waits for the rest of others. 6.5.7 refuses extensions and trailers, which are
  right by RFC 9112, 7.1, and which we take; `0x2` and a space before a size get 400 from both; data without CRLF and lines of LF get 400 from us, while 6.5.7
  closes without a word, or waits.
- Limits: too large a head gets 431 or 414 from us, a close from 6.5.7; too large a body 413, there 400.
- Slow clients: 408, there a close.
- gzip bodies: one that is damaged or cut off gets 400, there a close, or it is taken as it is; one that stands for too much 413, there 400.
"""

import re
import unittest

import programs
from cases import RfcAppCase
from rfc import body_cases, connection_cases, field_cases, line_cases, range_cases, semantic_cases
from rfc.transcript import WAITS, transcript
from tornado_peer_test import has_tornado

FAMILIES = (line_cases, field_cases, body_cases, connection_cases, semantic_cases, range_cases)
LEFT_OUT = re.compile(
    r"9112-7|9112-11.2 (a chunk's|a size|LF|CR in an ext|two bytes|a trailer)|9112-9.3.2 nothing behind a malformed body|"
    r"9112-9.6 a whole request of a client that ends its side|9112-9.3.2 requests of a client that ends its side|"
    r"9112-8 blank lines and no request")  # Tornado answers these or not, as it happens

LENIENT = "6.2 takes it, and 6.5 refuses it too"
WRONG_NUMBER = "6.2 reads numbers as Python does; 6.5 takes digits only"
UNKNOWN_CODING = "6.2 overlooks the coding, and reads the body as the next request; 6.5 refuses it"

# Names, what Tornado says (statuses, `!` behind one that is cut off), and the reason. A difference has the first that fits.
DIFFERENT = [
    (r"9112-2.2 . blank lines( of LF)? before", r"400", "RFC 9112, 2.2; Tornado takes one"),
    (r"9112-2.2 bare CR|9112-5.2 bare CR", r"200 200|40[45] 200", "RFC 9112, 2.2: " + LENIENT),
    (r"9112-2.2 a (tab|NUL|byte order mark) before", r"405 200", LENIENT),
    (r"9112-2.2 a TLS handshake", r"405", LENIENT),
    (r"9112-3.1 |9112-3 an empty (method|target)|9112-3 (a|all|no|two|four|the) ", r"40[45] 200|200 200", LENIENT),
    (r"9113-3.4|9110-15.6.6", r"400", "RFC 9110, 15.6.6: 505"),
    (r"9110-2.5", r"200", "RFC 9110, 2.5: a later minor version is spoken to as 1.1 is; Tornado closes"),
    (r"9112-3.2 0x([01].|7f) in a (target|query)", r"(200|404) 200", LENIENT),
    (r"9112-3.2 0x.. in a (path|query)", r"(200|400|404) 200", "RFC 3986, 3: no URI has these, and no browser sends them"),
    (r"9112-3.2 (a fragment|target)|9112-3.2.3|9112-3.2.4 (?!OPTIONS (\*|of a host)$)", r"(200|404|405) 200", "RFC 9112, 3.2: what is no target gets 400"),
    (r"9112-3.2.2 an absolute target (without|with a bad) Host", r"404 200", "RFC 9112, 3.2"),
    (r"9110-7.4", r"404 200", "RFC 9110, 7.4: what is to be asked for over TLS is not served without; Tornado takes the URI for a path"),
    (r"9112-3.2.2 ", r"404( 200)?", "RFC 9112, 3.2.2: an absolute target is one"),
    (r"9110-4.2.1", r"200( 200)?|404 200", "RFC 9110, 4.2.1: a URI of http has a host"),
    (r"9112-3.2.4 OPTIONS (\*|of a host)$|9110-9.3.7", r"404( 200)?", "RFC 9110, 9.3.7"),
    (r"9112-3.2 (no Host$|a bad|two|three|Host)", r"200( 200)?", "RFC 9112, 3.2: " + LENIENT),
    (r"9112-5.1|9110-5.1|9110-5.5 0x|9112-5.2 0x", r"200( 200)?", "RFC 9110, 5: " + LENIENT),
    (r"9110-5.5 a value that (starts|ends)", r"200 200", "only spaces and tabs are trimmed, as in 6.5"),
    (r"9112-5.2 (a fold in|Host)", r"200( 200)?", "a fold in what frames or routes a message; 6.2 joins it, 6.5 refuses it in lengths and codings"),
    (r"9112-5.2 (a value that begins|folded by nothing)", r"200 200", "a fold at a value's end leaves nothing; Tornado keeps its space"),
    (r"9113-8.2.3", r"200 200", "several Cookie fields are one list; Tornado takes the comma between them for a part of a value"),
    (r"9112-6.3.5 (Content-Length|two lengths)|9112-6.2", r"200 [245]0.|200 400", WRONG_NUMBER),
    (r"9110-8.6 Content-Length b'5 ,5'|9112-6.3.5 the same length twice", r"400", "RFC 9110, 8.6: lengths that agree are one"),
    (r"9110-8.6|9110-10.1.1 Expect before a body that is too large", r"400", "RFC 9110, 15.5.14: 413"),
    (r"9112-6.3.3|9112-6.1 |9112-11.2 ", r"200 [245]0.( 200)?|200", UNKNOWN_CODING),
    (r"9112-8 a handler|9112-9.3.2 nothing behind a broken answer", r"(200 )+200", "Tornado ends it as if it were whole"),
    (r"9112-9.6 ", r"200 200 200", "RFC 9110, 7.6.1: Connection is a list"),
    (r"9112-9.3 HTTP/1.0 with Connection '(keep-alive, x|x, keep-alive)'", r"200", "RFC 9110, 7.6.1: Connection is a list"),
    (r"9112-9.3 a response of HTTP/1.0 without a length", r"200", "Tornado says Keep-Alive, and its client cannot tell where the body ends"),
    (r"9110-15.5.18", r"200 200", "RFC 9110, 10.1.1: 417"),
    (r"9110-15.3.6", r"205 200", "205 has no Content-Type, as 204 has none"),
    (r"9110-15.2|9110-15 ", r"200|\d{4,} 200", "a status that is none would make clients wait for another, or give up"),
    (r"9110-14.1.2 bytes=(2-4,|,2-4)$", r"200 200", "RFC 9110, 5.6.1: empty members of a list are overlooked"),
    (r"9110-14.1 the unit|9110-14.1.1 BYTES", r"200 200", "RFC 9110, 14.1: units ignore case"),
    (r"9110-14.2 b'bytes", r"206 200", "numbers are digits, and nothing stands around them; Tornado reads them as Python does"),
    (r"9110-14.1.2 the last bytes of nothing", r"416 200", "all of nothing is nothing, as for other files that are shorter"),
    (r"9110-14.2 Range of HEAD", r"206 200", "RFC 9110, 14.2: Range is for GET"),
    (r"9110-13.1.5", r"206 200|416 200", "RFC 9110, 13.1.5: Tornado does not look at If-Range"),
    (r"9110-13.2.2 If-Match goes before Range", r"206 200", "RFC 9110, 13.2: Tornado looks at If-None-Match only"),
    (r"9110-13.1.2 If-None-Match .* matches nothing", r"304 200", "RFC 9110, 8.8.3: Tornado takes what begins with * for it"),
    (r"9110-13.1.2|9112-9.3 304", r"200 200", "RFC 9110, 13.1.2, for tags that the handler sets as well"),
    (r"9110-13", r"200 200", "RFC 9110, 13.2: Tornado looks at If-None-Match only"),
    (r"9110-8.3 a form's type in capitals", r"200 200", "RFC 9110, 8.3.1: types ignore case"),
]


def statuses(said):
    return " ".join(one if one is WAITS else f"{one.status}{'' if one.whole else '!'}" for one in said)


def comparable(one):
    """A response without what may differ between any two answers, or any two servers."""
    if one is WAITS:
        return one
    plain = {"Date": "a date", "Server": "Tornado"}
    fields = [(name, plain.get(name, value)) for name, value in one.fields]
    if one.status == 405:  # RFC 9110, 15.5.6: which methods are allowed, and Tornado does not say
        fields = [field for field in fields if field[0] != "Allow"]
    return one.status, one.whole, fields, one.body


def is_bare(one):
    return one is not WAITS and one.status == 400 and not one.fields


def without_close(one):
    """A comparable response without the word that it is the last: Tornado leaves it out for HTTP/1.0."""
    status, whole, fields, body = comparable(one)
    return status, whole, [field for field in fields if field != ("Connection", "close")], body


@unittest.skipUnless(has_tornado(), "python3-tornado is not installed")
class TornadoRfcPeerTest(RfcAppCase):
    options = ("--logging=none",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.peer = cls.enterClassContext(programs.serve([programs.PYTHON, "-B", str(programs.HERE / "rfc/peer.py")]))

    def same(self, ours, theirs):
        """Whether the answers are equal, but for bare refusals and for a last answer that does not say so."""
        if len(ours) != len(theirs):
            return False
        return all(
            our.status == 400 if is_bare(their) else
            WAITS not in (our, their) and without_close(our) == without_close(their)
            for our, their in zip(ours, theirs))

    def test_answers(self):
        compared = equal = 0
        used = set()
        for case in (case for family in FAMILIES for case in family.cases()):
            if not case.in_bytes or LEFT_OUT.match(case.name):
                continue
            ours, theirs = transcript(case, self.server.port, 10), transcript(case, self.peer.port)
            compared += 1
            with self.subTest(case.name):
                if self.same(ours, theirs):
                    equal += 1
                    continue
                rule = next((rule for rule in DIFFERENT if re.match(rule[0], case.name)), None)
                self.assertIsNotNone(rule, f"ours: {ours}\ntheirs: {theirs}")
                used.add(rule)
                self.assertRegex(statuses(theirs), f"^({rule[1]})$", rule[2])
        unused = [rule[0] for rule in DIFFERENT if rule not in used]
        self.assertEqual(unused, [], "each reason stands for a difference")
        self.assertGreater(compared, 1000)
        self.assertGreater(equal, 500)


if __name__ == "__main__":
    unittest.main()
