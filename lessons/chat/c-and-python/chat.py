# chat: a chat room over UDP on 127.0.0.1: Ctrl-D leaves it, Ctrl-C ends it. mtp chat can join.
# python3 chat.py serve [PORT]        in other terminals: python3 chat.py join NAME [PORT]
import contextlib
import os
import signal
import socket
import sys
import time


def serve(datagram, sender):  # L name: enter; C name text: speak; Q name: leave
    def tell_others(text):
        for address in set(members.values()) - {sender}:
            sock.sendto(text.encode(), address)
    verb, _, rest = datagram.decode(errors="replace").partition(" ")
    name, _, text = rest.partition(" ")
    taken = name in members or "管理员" in name
    mine = sender == members.get(name, room)  # the administrator sends from the room's address
    if verb == "L" and name:
        sock.sendto("\n用户名存在".encode() if taken and not mine else b"OK", sender)
        if not taken:
            members[name] = sender
            tell_others(f"\n欢迎{name}加入群聊")
    elif verb == "C" and mine:  # from any other address it is a forgery
        tell_others(f"{name}:{text}")
    elif verb == "Q" and (mine or not taken):
        sock.sendto(b"EXIT", sender)
        if members.pop(name, None):
            tell_others(f"\n{name} 退出群聊")


def hear():  # a terminal obeys control characters: each becomes a ?
    try:
        text = sock.recv(1024).decode(errors="replace").removeprefix("\n")
    except ConnectionRefusedError:
        sys.exit("nobody serves there")
    return "".join(c if c.isprintable() else "?" for c in text)


def typed(name, parent):  # the datagrams that the keyboard makes
    while (joins or os.getppid() == parent) and (line := sys.stdin.readline()):
        yield f"C {name} {line.rstrip()}".encode()
    while joins:  # until EXIT: a datagram may get lost
        yield f"Q {name}".encode()
        time.sleep(1)


def child_ended(sig, frame):  # SIGCHLD: a member ends with its receiver, a room goes on
    pid, status = os.waitpid(-1, os.WNOHANG)
    if pid != 0 and joins:  # 0: it was only stopped
        sys.exit(status != 0)


joins, members = sys.argv[1:2] == ["join"], {}  # name -> address
if sys.argv[1:2] != ["serve"] and (not joins or len(sys.argv) < 3 or " " in sys.argv[2]):
    sys.exit("usage: chat.py serve [PORT] | chat.py join NAME [PORT]")
sys.stdout.reconfigure(line_buffering=True)
signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it without a traceback
signal.signal(signal.SIGCHLD, child_ended)
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
room = ("127.0.0.1", int((sys.argv + ["8888"])[2 + joins]))
(sock.connect if joins else sock.bind)(room)
room = sock.getpeername() if joins else sock.getsockname()  # port 0 is any
if joins:
    sock.send(f"L {sys.argv[2]}".encode())
if joins and (answer := hear()) != "OK":
    sys.exit("not let in: " + answer)
parent, child = os.getpid(), os.fork()  # keyboard and socket block, so each has a process
if child > 0:
    says = ("sends", "receives, on one socket") if joins else ("serves", "types")
    print(f"PID {parent} {says[0]}, PID {child} {says[1]}; UDP port {room[1]}.")
if joins != (child == 0):
    for datagram in typed(sys.argv[2] if joins else "管理员", parent):
        with contextlib.suppress(ConnectionRefusedError):  # that is for the socket's reader to tell
            sock.send(datagram) if joins else sock.sendto(datagram, room)
elif joins:
    for text in iter(hear, "EXIT"):
        print(text)
while not joins and child > 0:
    serve(*sock.recvfrom(1024))
