# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""Chromium without a window, driven by Selenium."""

import io

from PIL import Image
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

import common
import shown
from vm import GuestError

# Root has no sandbox of Chromium. Colours must be those of the page.
ARGUMENTS = ("--headless=new", "--no-sandbox", "--disable-gpu",
             "--hide-scrollbars", "--force-color-profile=srgb",
             "--force-device-scale-factor=1", "--no-first-run",
             "--disable-background-networking", "--disable-dev-shm-usage")

KEY_SECONDS = 0.06


class Browser:
    """with Browser(work, (1280, 800)) as browser: browser.open(ADDRESS)"""

    def __init__(self, work, size):
        options = webdriver.ChromeOptions()
        options.binary_location = common.program("chromium", "chromium")
        for argument in (*ARGUMENTS, f"--user-data-dir={work / 'profile'}"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        service = Service(common.program("chromedriver", "chromium-driver"),
                          log_path=str(work / "chromedriver.log"))
        try:
            self.driver = webdriver.Chrome(service=service, options=options)
        except WebDriverException as error:
            raise GuestError(f"Chromium does not start: {error.msg}")
        self.resize(size)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.driver.quit()

    def open(self, address):
        self.driver.get(address)

    def resize(self, size):
        """Give the page this size, by that of the window."""
        frame = self.driver.execute_script(
            "return [outerWidth - innerWidth, outerHeight - innerHeight]")
        self.driver.set_window_size(*(length + more for length, more
                                      in zip(size, frame)))
        shown.wait_until("a page of {}x{}".format(*size),
                          lambda: tuple(self.driver.execute_script(
                              "return [innerWidth, innerHeight]")) == size)

    def canvas(self):
        """What noVNC draws on, None while nothing came to be drawn."""
        found = self.driver.find_elements(By.CSS_SELECTOR,
                                          "#noVNC_container canvas")
        return found[0] if found and found[0].size["width"] else None

    def shot(self):
        """What the browser shows of the guest."""
        canvas = self.canvas()
        if not canvas:
            raise GuestError("the page shows no screen: " + self.log())
        # noVNC's handle lies over the guest's picture; in 1.6 its style is important.
        self._set_handle("none")
        png = canvas.screenshot_as_png
        self._set_handle("")
        return common.from_image(Image.open(io.BytesIO(png)))

    def _set_handle(self, display):
        self.driver.execute_script(
            "document.getElementById('noVNC_control_bar_anchor')"
            ".style.setProperty('display', arguments[0], 'important')", display)

    def page(self, path):
        """Keep a picture of the whole page."""
        self.driver.save_screenshot(str(path))

    def point(self, x, y):
        """Move the pointer to a pixel of the guest."""
        canvas = self.canvas()
        size = canvas.size
        ActionChains(self.driver).move_to_element_with_offset(
            canvas, x - size["width"] // 2, y - size["height"] // 2).perform()

    def click(self):
        ActionChains(self.driver).click().perform()

    def type(self, text):
        """On a US keyboard: small and capital letters, "/", "-", line ends."""
        for character in text:
            keys = ActionChains(self.driver)
            if character.isupper():
                keys.key_down(Keys.SHIFT).send_keys(character).key_up(
                    Keys.SHIFT)
            else:
                keys.send_keys(Keys.ENTER if character == "\n" else character)
            keys.pause(KEY_SECONDS).perform()

    def log(self):
        """What the page said."""
        return " / ".join(line["message"]
                          for line in self.driver.get_log("browser"))
