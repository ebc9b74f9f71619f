"""Checks proofs of a ledger with Python alone.

python3 check_proof.py record.tlog-proof ledger.vkey
python3 check_proof.py growth ledger.vkey older-checkpoint

The key is the one line of a .vkey file: name+id+key. A verifier-keys.json is for verify.mjs alone.
"""
import base64, hashlib, json, re, sys


def sha(*parts): return hashlib.sha256(b"".join(parts)).digest()
def leaf_hash(text): return sha(b"\0", text.encode())
def node_hash(left, right): return sha(b"\1", left, right)
def b64(text): return base64.b64decode(text, validate=True)


def need(is_so, what):
    if not is_so: sys.exit(f"does NOT hold: {what}")


# Ed25519 (RFC 8032), for a machine without the package cryptography.
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def add(a, b):
    (x1, y1), (x2, y2) = a, b
    t = D * x1 * x2 * y1 * y2
    return (x1 * y2 + x2 * y1) * pow(1 + t, -1, P) % P, (y1 * y2 + x1 * x2) * pow(1 - t, -1, P) % P


def times(n, point):
    sum_ = (0, 1)
    for bit in bin(n)[2:]:
        sum_ = add(sum_, sum_)
        if bit == "1": sum_ = add(sum_, point)
    return sum_


def point(raw):
    n = int.from_bytes(raw, "little")
    y, sign = n & (2**255 - 1), n >> 255
    xx = (y * y - 1) * pow(D * y * y + 1, -1, P)
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P: x = x * pow(2, (P - 1) // 4, P) % P
    need(y < P and (x * x - xx) % P == 0, "a point of the signature is none")
    return (P - x if x & 1 != sign else x), y


def signed(key, message, signature):
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        r, s = signature[:32], int.from_bytes(signature[32:], "little")
        h = int.from_bytes(hashlib.sha512(r + key + message).digest(), "little") % L
        base = point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
        return len(signature) == 64 and s < L and times(s, base) == add(point(r), times(h, point(key)))
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
        return True
    except Exception:
        return False


def checkpoint(note, vkey):
    """C2SP signed note and checkpoint: the number of leaves and their root."""
    need(re.fullmatch(r"[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+", vkey.strip()), "the file of the key is not one .vkey line, name+id+key")
    name, key_id, encoded = vkey.strip().split("+", 2)
    key = b64(encoded)
    need(key[0] == 1 and sha(name.encode(), b"\n", key)[:4].hex() == key_id, "the key is no Ed25519 verifier key")
    text, _, lines = note.rpartition("\n\n")
    text += "\n"
    mine = [b64(line.split(" ")[2]) for line in lines.splitlines() if line.startswith(f"— {name} ")]
    mine = [line[4:] for line in mine if line[:4].hex() == key_id]
    need(mine and all(signed(key[1:], text.encode(), one) for one in mine), f"the checkpoint is not signed by {name}")
    origin, size, root = text.split("\n")[:3]
    need(origin == name, f"the checkpoint is of {origin}, not of {name}")
    return int(size), b64(root)


def climb(node, last, path, start):
    """From a node to the root: what the path comes to, and what its left hashes alone come to (RFC 9162, 2.1.3.2 and 2.1.4.2)."""
    whole = left = start
    for step in path:
        need(last > 0, "the path is too long")
        if node % 2 or node == last:
            whole, left = node_hash(step, whole), node_hash(step, left)
            while node % 2 == 0 and node: node, last = node // 2, last // 2
        else: whole = node_hash(whole, step)
        node, last = node // 2, last // 2
    need(last == 0, "the path is too short")
    return whole, left


def included(leaf, index, size, path, root):
    need(0 <= index < size and climb(index, size - 1, path, leaf_hash(leaf))[0] == root, f"leaf {index} does not lead to the root")


def check_proof(text, vkey):
    head, _, note = text.partition("\n\n")
    form, extra, index, *path = head.split("\n")
    need(form == "c2sp.org/tlog-proof@v1" and extra[:6] == "extra " and index[:6] == "index ", "the file is no proof")
    index, extra = int(index[6:]), json.loads(b64(extra[6:]))
    size, root = checkpoint(note, vkey)
    included(extra["leaf"], index, size, [b64(line) for line in path], root)
    leaf = json.loads(extra["leaf"])
    need(leaf["index"] == index, "the leaf bears another index")
    if leaf["format"] == "cohortium/record@2": return f"record {index} is in the ledger of {size} leaves:\n{extra['leaf']}"
    item = json.loads(extra["item"]["text"])
    path = [bytes.fromhex(step) for step in extra["item"]["path"]]
    included(extra["item"]["text"], item["position"], leaf["count"], path, bytes.fromhex(leaf["root"]))
    return f"record {index}/{item['position']} is in the ledger of {size} leaves:\n{extra['leaf']}\n{extra['item']['text']}"


def check_growth(text, vkey, older):
    head, _, note = text.partition("\n\n")
    (first, *path), (size, root), (old_size, old_root) = head.split("\n"), checkpoint(note, vkey), checkpoint(older, vkey)
    need(first == f"old {old_size}" and 0 < old_size <= size, f"the proof is not from {old_size} leaves on")
    path, node, last = [b64(line) for line in path], old_size - 1, size - 1
    if old_size == size: need(root == old_root and not path, "history was rewritten")
    else:
        while node % 2: node, last = node // 2, last // 2
        start = old_root if node == 0 else path.pop(0)
        need(climb(node, last, path, start) == (root, old_root), "history was rewritten")
    return f"the ledger of {size} leaves is that of {old_size} with leaves added"


try:
    texts = [open(name, encoding="utf-8", newline="").read() for name in sys.argv[1:]]
    need(all(not re.search("[\0-\x09\x0b-\x1f]", text) for text in texts), "a file holds control characters")
    print("holds:", (check_growth if len(texts) == 3 else check_proof)(*texts))
except (ValueError, KeyError, IndexError, TypeError, OSError) as error:
    sys.exit(f"does NOT hold: {error}")
