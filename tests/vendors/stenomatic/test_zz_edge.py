import asyncio, struct, socket
from tests.vendors.stenomatic.test_rtmps import *
from appliance.vendors.stenomatic import rtmps
import pytest
@pytest.mark.parametrize("loud",[False,True])
async def test_edge(tmp_path, monkeypatch, loud):
    monkeypatch.setattr(rtmp,"WINDOW",2**31-1); monkeypatch.setattr(rtmps,"FROZEN",1e9)
    async with scene(tmp_path, monkeypatch) as (server, vendor):
        s=await opened(vendor)
        t=asyncio.create_task(everything(s))
        import os
        async def noise():
            while True:
                await s.send(Frame(0.0, os.urandom(3200))); await asyncio.sleep(0.1)
        n=asyncio.create_task(noise()) if loud else None
        w=s._line._writer.get_extra_info("socket")
        for i in range(30):
            if i==8: server.freeze(); print("FREEZE")
            await asyncio.sleep(0.5)
            d=w.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 232); a,r=rtmps._EDGE.unpack(d); print(i,a,r,a+r,len(d))
        if n: n.cancel()
        await s.close(); await t
