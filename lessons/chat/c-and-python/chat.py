# chat: a chat room over UDP on 127.0.0.1; Ctrl-D leaves it. It gets along with mtp chat.
# python3 chat.py serve [PORT]        in other terminals: python3 chat.py join NAME [PORT]
import contextlib
import os
import signal
import socket
import sys
import time


def serve(members, datagram, sender):  # L name: enter; C name text: speak; Q name: leave
    def tell_others(text):
        for address in set(members.values()) - {sender}:
            sock.sendto(text.encode(), address)
    verb, _, rest = datagram.decode(errors="replace").partition(" ")
    name, _, text = rest.partition(" ")
    taken, mine = name in members, members.get(name) == sender
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


def hear():
    try:
        return sock.recv(1024).decode(errors="replace")
    except ConnectionRefusedError:
        sys.exit("nobody serves there")


def say(text):
    with contextlib.suppress(ConnectionRefusedError):  # that is for the receiver to tell
        sock.send(text.encode())


def receiver_ended(sig, frame):  # SIGCHLD: whatever the sender waits for, it ends too
    pid, status = os.waitpid(-1, os.WNOHANG)
    if pid != 0:  # 0: it was only stopped
        sys.exit(status != 0)


def join(name):
    say(f"L {name}")
    answer = hear()
    if answer != "OK":
        sys.exit("not let in:" + answer)
    signal.signal(signal.SIGCHLD, receiver_ended)
    receiver = os.fork()  # the keyboard blocks, and the socket blocks: so two processes
    if receiver == 0:
        for text in iter(hear, "EXIT"):
            print(text)
        os._exit(0)
    print(f"PID {os.getpid()} sends, PID {receiver} receives, on one socket.")
    for line in sys.stdin:
        say(f"C {name} {line.rstrip()}")
    while True:  # until EXIT: a datagram may get lost
        say(f"Q {name}")
        time.sleep(1)


sys.stdout.reconfigure(line_buffering=True)
signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it without a traceback
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
if sys.argv[1:2] == ["serve"]:
    sock.bind(("127.0.0.1", int((sys.argv + ["8888"])[2])))
    print(f"The room is on UDP port {sock.getsockname()[1]}. Ctrl-C ends it.")
    members = {}  # name -> address
    while True:
        serve(members, *sock.recvfrom(1024))
elif sys.argv[1:2] == ["join"] and len(sys.argv) > 2 and " " not in sys.argv[2]:
    sock.connect(("127.0.0.1", int((sys.argv + ["8888"])[3])))
    join(sys.argv[2])
sys.exit("usage: chat.py serve [PORT] | chat.py join NAME [PORT]")
